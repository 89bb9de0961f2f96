# SPDX-License-Identifier: MIT
"""agent.py FOLDER SHELL...: in a terminal of kit.py. Runs the shell on a terminal of its own, types
there what comes by the pipe FOLDER/in or from the window, and shows, and notes in FOLDER/out, what
it says. Few modules: Python starts slowly in the emulated machine."""

import fcntl
import os
import select
import sys
import termios


def main(folder, *words):
    pid, shell = os.forkpty()
    if pid == 0:
        os.execvp(words[0], words)
    with open(f"{folder}/pid", "w", encoding="utf-8") as file:
        file.write(str(pid))
    fcntl.ioctl(shell, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))
    # As it comes: the inner terminal does what there is to do.
    mode = termios.tcgetattr(0)
    mode[:4] = [0, 0, termios.CS8, 0]
    termios.tcsetattr(0, termios.TCSANOW, mode)
    pipe = os.open(f"{folder}/in", os.O_RDWR)
    with open(f"{folder}/out", "ab", buffering=0) as out:
        while True:
            for source in select.select([0, pipe, shell], [], [])[0]:
                try:
                    data = os.read(source, 65536)
                except OSError:
                    data = b""
                if not data:
                    return
                os.write(1 if source == shell else shell, data)
                if source == shell:
                    out.write(data)


main(*sys.argv[1:])
