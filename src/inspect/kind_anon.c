/* SPDX-License-Identifier: ISC */
/*
 * Anonymous inodes. The link of an anonymous inode in /proc/PID/fd does not begin with a slash, so no file path can be
 * equal to it. The last rows are for anonymous inodes of device drivers; only their names are known.
 */
#include <sys/ioctl.h>

#include "base/compat.h"
#include "inspect/kind.h"

#define QUERY_PERF_ID _IOR('$', 7, uint64_t *) /* PERF_EVENT_IOC_ID of linux/perf_event.h */

#define PLAIN(its_word, its_noun, its_link) \
	{ \
		.word = (its_word), .noun = (its_noun), .link = (its_link) \
	}

/* KIND_INFO_LOCKS: a driver can take any lock when it generates fdinfo. */
#define DRIVER(its_word, its_noun, its_link) \
	{ \
		.word = (its_word), .noun = (its_noun), .link = (its_link), .flags = KIND_INFO | KIND_INFO_LOCKS, \
		.id = FD_LISTED \
	}

/*
 * Reads the ID of the perf event, which identifies the samples of this event. The ioctl(2) call waits for a lock of the
 * event.
 */
static void
query_perf(void *answers)
{
	struct perf_facts *a = answers;

	a->has_id = ioctl(a->fd, (ioctl_request)QUERY_PERF_ID, &a->id) == 0;
}

const struct fd_kind kinds_anon[] = {
	{ .word = "eventfd", .noun = "eventfd", .link = "anon_inode:[eventfd]", .flags = KIND_INFO, .id = FD_EVENTFD },
	{ .word = "timerfd", .noun = "timerfd", .link = "anon_inode:[timerfd]", .flags = KIND_INFO, .id = FD_TIMERFD },
	{ .word = "signalfd",
	    .noun = "signalfd",
	    .link = "anon_inode:[signalfd]",
	    .flags = KIND_INFO,
	    .id = FD_SIGNALFD },
	{ .word = "userfaultfd",
	    .noun = "userfaultfd",
	    .link = "anon_inode:[userfaultfd]",
	    .flags = KIND_INFO,
	    .id = FD_USERFAULTFD },
	{ .word = "kvm", .noun = "KVM", .link = "anon_inode:kvm-*", .id = FD_KVM },
	/* Generating the fdinfo of an io_uring only tries to take the lock of the ring, so it cannot block. */
	{ .word = "io_uring",
	    .noun = "io_uring",
	    .link = "anon_inode:[io_uring]",
	    .flags = KIND_INFO,
	    .id = FD_IO_URING },
	{ .word = "perf-event",
	    .noun = "perf event",
	    .link = "anon_inode:[perf_event]",
	    .flags = KIND_INFO | KIND_INFO_LOCKS,
	    .id = FD_PERF_EVENT,
	    .query = query_perf },
	PLAIN("fscontext", "file system context", "anon_inode:[fscontext]"),
	PLAIN("landlock-ruleset", "Landlock ruleset", "anon_inode:[landlock-ruleset]"),
	PLAIN("seccomp-notify", "seccomp notifier", "anon_inode:seccomp notify"),
	PLAIN("sync-file", "sync file", "anon_inode:sync_file"),
	PLAIN("sync-object", "DRM synchronization object", "anon_inode:syncobj_file"),
	PLAIN("ntsync", "NT synchronization object", "anon_inode:ntsync"),
	DRIVER("vfio-device", "VFIO device", "anon_inode:[vfio-device]"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:hisi_acc_vf_mig"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:mlx5vf_mig"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:mtty_mig"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:pds_vfio_lm"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:qat_vf_mig"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:virtiovf_mig"),
	DRIVER("vfio-migration", "VFIO migration state", "anon_inode:xe_vfio_mig"),
	DRIVER("drm", "DRM device", "anon_inode:drm"),
	DRIVER("drm", "DRM page map", "anon_inode:drm_pagemap_file"),
	DRIVER("i915", "i915 performance stream", "anon_inode:[i915_perf]"),
	DRIVER("xe", "Xe performance stream", "anon_inode:[xe_oa]"),
	DRIVER("xe", "Xe stall samples", "anon_inode:[xe_eu_stall]"),
	DRIVER("msm", "MSM performance counters", "anon_inode:[msm_perfcntrs]"),
	DRIVER("kfd", "KFD events", "anon_inode:kfd_smi_ev"),
	DRIVER("gpio", "GPIO lines", "anon_inode:gpio-*"),
	DRIVER("iio", "industrial I/O device", "anon_inode:iio:*"),
	DRIVER("zcrx", "io_uring receive queue", "anon_inode:[zcrx]"),
	DRIVER("io_uring-mock", "io_uring test file", "anon_inode:[io_uring_mock]"),
	DRIVER("cachefiles", "cache file", "anon_inode:[cachefiles]"),
	DRIVER("vtpm", "virtual TPM", "anon_inode:[vtpms]"),
	DRIVER("tee-memory", "shared memory of a TEE", "anon_inode:tee_shm"),
	DRIVER("xfs-healthmon", "XFS health monitor", "anon_inode:xfs_healthmon"),
	DRIVER("mshv", "Hyper-V object", "anon_inode:mshv_*"),
	DRIVER("enclave", "Nitro enclave", "anon_inode:ne-vm"),
	DRIVER("papr", "PAPR handle", "anon_inode:[papr-*"),
	DRIVER("iommufd", "iommufd event queue", "anon_inode:[iommufd-*"),
	DRIVER("infiniband", "InfiniBand events", "anon_inode:[infinibandevent]"),
	DRIVER("infiniband", "results of InfiniBand commands", "anon_inode:[devx_async_cmd]"),
	DRIVER("infiniband", "InfiniBand events", "anon_inode:[devx_async_event]"),
	DRIVER("media-request", "media request", "anon_inode:request"),
	DRIVER("luo-session", "live update session", "anon_inode:[luo_session] *"),
	DRIVER("snd-utimer", "sound timer", "anon_inode:snd-utimer*"),
	{ 0 },
};

const struct fd_kind kinds_watch[] = {
	/*
	 * Generating the fdinfo of an epoll instance needs a lock. epoll_ctl(2) holds this lock while it calls the poll
	 * function of the added file, and this function may never return.
	 */
	{ .word = "epoll",
	    .noun = "epoll",
	    .link = "anon_inode:[eventpoll]",
	    .flags = KIND_INFO | KIND_INFO_LOCKS,
	    .id = FD_EPOLL },
	{ .word = "inotify", .noun = "inotify", .link = "anon_inode:inotify", .flags = KIND_INFO, .id = FD_INOTIFY },
	{ .word = "fanotify",
	    .noun = "fanotify",
	    .link = "anon_inode:[fanotify]",
	    .flags = KIND_INFO,
	    .id = FD_FANOTIFY },
	{ 0 },
};
