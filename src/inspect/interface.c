/* SPDX-License-Identifier: ISC */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/compat.h"
#include "inspect/interface.h"

bool
interface_name(int fd, uint32_t index, char name[INTERFACE_NAME])
{
	struct ifreq request;

	memset(&request, 0, sizeof(request));
	request.ifr_ifindex = (int)index;
	if (fd < 0 || index == 0 || ioctl(fd, SIOCGIFNAME, &request) == -1)
		return false;
	request.ifr_name[sizeof(request.ifr_name) - 1] = '\0';
	(void)strlcpy(name, request.ifr_name, INTERFACE_NAME);
	return true;
}
