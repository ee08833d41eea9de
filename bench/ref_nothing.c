/* SPDX-License-Identifier: ISC */
/* Reference program: executes the command immediately, to measure only the dynamic loader. ref_nothing COMMAND... */
#include <unistd.h>

int
main(int argc, char **argv)
{
	(void)argc;
	execv(argv[1], argv + 1);
	return 1;
}
