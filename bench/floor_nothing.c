/* SPDX-License-Identifier: MIT */
/* Floor of start-up: a dynamic program that does nothing. */

int main(void) {
	return 0;
}
