/* SPDX-License-Identifier: ISC */
/* Tests of kinds that are recognized by the name of an anonymous inode. The names are from the source code of Linux. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/compat.h"
#include "inspect/kind.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct known {
	const char *link, *word;
} known[] = {
	{ "[eventfd]", "eventfd" },
	{ "[eventpoll]", "epoll" },
	{ "[fanotify]", "fanotify" },
	{ "[fscontext]", "fscontext" },
	{ "[io_uring]", "io_uring" },
	{ "[landlock-ruleset]", "landlock-ruleset" },
	{ "[perf_event]", "perf-event" },
	{ "[pidfd]", "pidfd" },
	{ "[signalfd]", "signalfd" },
	{ "[timerfd]", "timerfd" },
	{ "[userfaultfd]", "userfaultfd" },
	{ "inotify", "inotify" },
	{ "seccomp notify", "seccomp-notify" },
	{ "bpf-map", "bpf-map" },
	{ "bpf-prog", "bpf-prog" },
	{ "bpf_link", "bpf-link" },
	{ "bpf-link", "bpf-link" },
	{ "bpf_iter", "bpf-iter" },
	{ "bpf-stats", "bpf-stats" },
	{ "btf", "btf" },
	{ "kvm-vm", "kvm" },
	{ "kvm-vcpu:0", "kvm" },
	{ "kvm-vcpu-stats:0", "kvm" },
	{ "kvm-vm-stats", "kvm" },
	{ "kvm-vfio", "kvm" },
	{ "[kvm-gmem]", "guest-memfd" },
	{ "sync_file", "sync-file" },
	{ "syncobj_file", "sync-object" },
	{ "ntsync", "ntsync" },
	{ "[vfio-device]", "vfio-device" },
	{ "hisi_acc_vf_mig", "vfio-migration" },
	{ "mlx5vf_mig", "vfio-migration" },
	{ "mtty_mig", "vfio-migration" },
	{ "pds_vfio_lm", "vfio-migration" },
	{ "qat_vf_mig", "vfio-migration" },
	{ "virtiovf_mig", "vfio-migration" },
	{ "xe_vfio_mig", "vfio-migration" },
	{ "drm", "drm" },
	{ "drm_pagemap_file", "drm" },
	{ "[i915_perf]", "i915" },
	{ "[xe_oa]", "xe" },
	{ "[xe_eu_stall]", "xe" },
	{ "[msm_perfcntrs]", "msm" },
	{ "kfd_smi_ev", "kfd" },
	{ "gpio-event", "gpio" },
	{ "gpio-line", "gpio" },
	{ "gpio-linehandle", "gpio" },
	{ "iio:buffer", "iio" },
	{ "iio:event", "iio" },
	{ "[zcrx]", "zcrx" },
	{ "[io_uring_mock]", "io_uring-mock" },
	{ "[cachefiles]", "cachefiles" },
	{ "[vtpms]", "vtpm" },
	{ "tee_shm", "tee-memory" },
	{ "xfs_healthmon", "xfs-healthmon" },
	{ "mshv_partition", "mshv" },
	{ "mshv_vp", "mshv" },
	{ "mshv_vtl", "mshv" },
	{ "ne-vm", "enclave" },
	{ "[papr-hvpipe]", "papr" },
	{ "[papr-indices]", "papr" },
	{ "[papr-platform-dump]", "papr" },
	{ "[papr-vpd]", "papr" },
	{ "[iommufd-pgfault]", "iommufd" },
	{ "[iommufd-viommu-event]", "iommufd" },
	{ "[infinibandevent]", "infiniband" },
	{ "[devx_async_cmd]", "infiniband" },
	{ "[devx_async_event]", "infiniband" },
	{ "request", "media-request" },
	{ "[luo_session] guest", "luo-session" },
	{ "snd-utimer0", "snd-utimer" },
	/* Names that are similar to known names must not be recognized. */
	{ "drm_other", "unknown" },
	{ "[xe_oa", "unknown" },
	{ "requests", "unknown" },
	{ "kvm", "unknown" },
	{ "", "unknown" },
};

static const struct fd_kind *
find(const char *before, const char *name)
{
	static struct fd_facts facts;

	facts = (struct fd_facts){ .fd = -1, .number = -1, .kind = &kind_unknown };
	facts.link_length = (size_t)snprintf(facts.link, sizeof(facts.link), "%s%s", before, name);
	return fd_kind_find(&facts);
}

/*
 * If transparent huge pages are enabled for shared memory, the block size of every memfd is that of a huge page. This
 * setting applies to the entire system, so the test changes the block size in the facts instead.
 */
static void
test_memfd_with_block_size(uint32_t size)
{
	struct fd_facts facts;
	int fd = memfd_create("pages", MFD_CLOEXEC);

	fd_probe(fd, &facts);
	facts.st.block_size = size;
	is_str(
	    fd_kind_find(&facts)->word, "memfd", "a memfd with a block size of %u is recognized", (unsigned int)size);
	(void)close(fd);
}

/*
 * The link of a namespace can be a path, as after "ip netns add". In this case, the type must be read with ioctl_ns(2).
 */
static void
test_namespaces(void)
{
	static const char types[][8] = { "time", "mnt", "cgroup", "uts", "ipc", "user", "pid", "net" };
	static struct fd_facts facts;
	static struct fd_details details;
	char path[96];
	size_t i;
	int fd;

	for (i = 0; i < COUNT(types); i++) {
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", types[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd == -1 || ioctl(fd, (ioctl_request)_IO(0xb7, 3)) == -1) {
			skip("this kernel cannot query the type of a namespace", "%s namespace", types[i]);
		} else {
			fd_probe(fd, &facts);
			facts.link_length = (size_t)snprintf(facts.link, sizeof(facts.link), "/run/namespace");
			fd_inspect(&facts, false, FDINFO_LIMIT, &details);
			is_str(details.as.ns.type, types[i],
			    "the type of a %s namespace whose link is a path is recognized", types[i]);
			ok(details.as.ns.own_known && details.as.ns.own,
			    "this process's own %s namespace is recognized", types[i]);
			fd_details_free(&details);
		}
		(void)close(fd);
	}
}

int
main(void)
{
	size_t i;

	test_memfd_with_block_size(4096);
	test_memfd_with_block_size(2 << 20);
	test_memfd_with_block_size(32 << 20);
	test_namespaces();

	for (i = 0; i < COUNT(known); i++) {
		is_str(find("anon_inode:", known[i].link)->word, known[i].word,
		    "the kind of anonymous inode %s is recognized", known[i].link);
		/* A file can have the name of an anonymous inode, but the path in its link begins with a slash. */
		is_str(find("/anon_inode:", known[i].link)->word, "unknown",
		    "a file named /anon_inode:%s is not an anonymous inode", known[i].link);
	}
	return tap_done();
}
