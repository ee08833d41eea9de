/* SPDX-License-Identifier: ISC */
/* Reference program: ref_links [PID] prints the links of all descriptors of a process, by default of itself. */
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	char path[64], link[4096];
	struct dirent *entry;
	ssize_t n;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", argc > 1 ? argv[1] : "self");
	if ((dir = opendir(path)) == NULL)
		return 1;
	while ((entry = readdir(dir)) != NULL)
		if ((n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link))) > 0)
			(void)printf("%s: %.*s\n", entry->d_name, (int)n, link);
	return 0;
}
