/* SPDX-License-Identifier: ISC */
#include "cli/exit_status.h"

int
exit_status(const struct fail *fail)
{
	switch (fail->reason) {
	case FAIL_TIMEOUT:
		return EXIT_TIMEOUT;
	case FAIL_CANNOT_RUN:
		return EXIT_CANNOT_RUN;
	case FAIL_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case FAIL_READER_GONE:
		return EXIT_SIGPIPE;
	case FAIL_OTHER:
		break;
	}
	return EXIT_FAILED;
}
