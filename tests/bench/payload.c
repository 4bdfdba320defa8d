/* SPDX-License-Identifier: Apache-2.0 */
/* The containers' program: ends at once, or stays when it is called sleep. */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (name && strcmp(name, "/sleep") == 0) {
		for (;;)
			pause();
	}
	return 0;
}
