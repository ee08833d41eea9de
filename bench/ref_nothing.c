/* SPDX-License-Identifier: ISC */
/* What the dynamic loader alone does, and then an exec. ref_nothing COMMAND... */
#include <unistd.h>

int
main(int argc, char **argv)
{
	(void)argc;
	execv(argv[1], argv + 1);
	return 1;
}
