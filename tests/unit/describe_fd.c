/* SPDX-License-Identifier: ISC */
/*
 * Tests of the JSON descriptions of newly created descriptors. The tests compare the entire JSON object to detect
 * missing keys and wrong null values. "*" replaces values that differ between runs or kernels.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/helper.h"
#include "base/outbuf.h"
#include "inspect/kind.h"
#include "describe/fd.h"
#include "render/render.h"
#include "made_fds.h"
#include "tap.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIZE	     65536

/* Keys whose values differ between runs, kernels or machines. */
static const char volatile_keys[][16] = { "device", "inode", "link", "mount_id", "uid", "gid", "links", "filesystem",
	"id", "cookie", "netns_cookie", "rcvbuf", "sndbuf", "passrights", "passpidfd", "own_netns", "port", "text",
	"hex", "number", "slave", "pid", "semaphore", "tcp_state", "backlog", "backlog_used", "bind_interface", "mode",
	"passcred", "passsec" };

static char json[SIZE], got[SIZE];

/* Returns the end of the JSON value at P. */
static const char *
value_end(const char *p)
{
	if (*p != '"')
		return p + strcspn(p, ",}]");
	for (p++; *p != '"'; p++)
		if (*p == '\\')
			p++;
	return p + 1;
}

static bool
is_volatile(const char *key, size_t length)
{
	size_t i;

	for (i = 0; i < COUNT(volatile_keys); i++)
		if (strlen(volatile_keys[i]) == length && memcmp(volatile_keys[i], key, length) == 0)
			return true;
	return false;
}

/* Returns true if KEY is the size of a directory, which differs between file systems. */
static bool
is_directory_size(const char *key, size_t length)
{
	return length == 4 && memcmp(key, "size", 4) == 0 && strstr(json, "\"kind\":\"directory\"") != NULL;
}

/*
 * Copies the JSON object with volatile values replaced by "*", with apostrophes instead of quotation marks, so that
 * expected values are readable in C, and without O_LARGEFILE, which not all C libraries set.
 */
static void
normalize(const char *from, char *to)
{
	static const char large[] = "\"O_LARGEFILE\"";
	const char *key = NULL, *end;

	while (*from != '\0' && *from != '\n') {
		if (strncmp(from, large, sizeof(large) - 1) == 0) {
			from += sizeof(large) - 1;
			from += *from == ',';
			to -= to[-1] == ',' && *from == ']';
			continue;
		}
		if (*from == ':' && key != NULL && from[1] != '{' && from[1] != '[' &&
		    (is_volatile(key, (size_t)(from - key - 1)) || is_directory_size(key, (size_t)(from - key - 1)))) {
			to = stpcpy(to, ":*");
			from = value_end(from + 1);
			key = NULL;
			continue;
		}
		if (*from != '"') {
			*to++ = *from++;
			continue;
		}
		end = value_end(from);
		key = from + 1;
		for (; from < end; from++)
			*to++ = *from == '"' ? '\'' : *from;
	}
	*to = '\0';
}

static const char *
described(const struct fd_facts *facts)
{
	const struct fd_context context = { .name = NULL };
	struct fd_details details;
	struct outbuf out;
	struct json renderer;

	outbuf_init(&out, -1, json, sizeof(json) - 1);
	json_init(&renderer, &out);
	fd_inspect(facts, false, FDINFO_LIMIT, &details);
	fd_describe(&renderer.emit, NULL, facts, &details, &context);
	fd_details_free(&details);
	json[out.used] = '\0';
	normalize(json, got);
	return got;
}

/* Anonymous inodes of drivers. Their kind is recognized only by the name in the link. */
struct fake {
	const char *link, *word;
};

static const struct fake fakes[] = {
	{ "anon_inode:[vfio-device]", "vfio-device" },
	{ "anon_inode:mlx5vf_mig", "vfio-migration" },
	{ "anon_inode:drm", "drm" },
	{ "anon_inode:gpio-line", "gpio" },
	{ "anon_inode:[papr-vpd]", "papr" },
	{ "anon_inode:request", "media-request" },
};

static const struct fake plain[] = {
	{ "anon_inode:[fscontext]", "fscontext" },
	{ "anon_inode:[landlock-ruleset]", "landlock-ruleset" },
	{ "anon_inode:seccomp notify", "seccomp-notify" },
	{ "anon_inode:sync_file", "sync-file" },
	{ "anon_inode:ntsync", "ntsync" },
	{ "anon_inode:bpf-stats", "bpf-stats" },
	{ "anon_inode:other", "unknown" },
};

/* Replaces the name of the temporary directory, and the number of a pseudo-terminal. */
static const char *
without_directory(const char *text)
{
	static const char pts[] = "/dev/pts/";
	static char result[SIZE];
	size_t length = strlen(directory), used = 0;

	while (*text != '\0') {
		if (strncmp(text, directory, length) == 0) {
			used = (size_t)(stpcpy(result + used, "DIR") - result);
			text += length;
		} else if (strncmp(text, pts, sizeof(pts) - 1) == 0) {
			used = (size_t)(stpcpy(stpcpy(result + used, pts), "*") - result);
			text += sizeof(pts) - 1;
			text += strspn(text, "0123456789");
		} else
			result[used++] = *text++;
	}
	result[used] = '\0';
	return result;
}

static void
test_made(const struct made *m)
{
	static struct fd_facts facts;
	int fd = m->make();

	if (fd == -1 || dup3(fd, FD, O_CLOEXEC) == -1) {
		skip("this system cannot create the object", "%s", m->name);
	} else {
		fd_probe(FD, &facts);
		is_str(without_directory(described(&facts)), m->json, "%s", m->name);
		(void)close(FD);
	}
	if (fd != -1)
		(void)close(fd);
	if (other != -1)
		(void)close(other);
	other = -1;
}

static const char *
describe_link(const char *link)
{
	static struct fd_facts facts;

	facts = (struct fd_facts){ .fd = -1, .number = 5, .access = ACCESS_BOTH, .has_stat = true };
	facts.link_length = strlcpy(facts.link, link, sizeof(facts.link));
	facts.kind = fd_kind_find(&facts);
	return described(&facts);
}

static void
test_links(void)
{
	char want[2048];
	size_t i;

	for (i = 0; i < COUNT(fakes); i++) {
		(void)snprintf(want, sizeof(want),
		    "{'fd':5,'kind':'%s'," BEGIN NO_PATH
		    "'access':'rw','status_flags':[],'cloexec':null,'offset':null,'size':null," PLACE
		    "'deleted':false,'problems':['its fdinfo cannot be read: No such file or directory'],"
		    "'%s':{'info':null}," END,
		    fakes[i].word, fakes[i].word);
		is_str(describe_link(fakes[i].link), want, "%s", fakes[i].link);
	}
	for (i = 0; i < COUNT(plain); i++) {
		(void)snprintf(want, sizeof(want),
		    "{'fd':5,'kind':'%s'," BEGIN NO_PATH
		    "'access':'rw','status_flags':[],'cloexec':null,'offset':null,'size':null," PLACE
		    "'deleted':false,'problems':[]," END,
		    plain[i].word);
		is_str(describe_link(plain[i].link), want, "%s", plain[i].link);
	}
}

#define NOTHING \
	BEGIN "'path':null,'path_base64':null,'link':*,'link_base64':null,'access':null,'status_flags':[]," \
	      "'cloexec':null,'offset':null,'size':null," PLACE "'deleted':null,"

static void
test_unavailable(void)
{
	static struct fd_facts facts;

	fd_unavailable(EPERM, &facts);
	facts.number = 5;
	is_str(described(&facts),
	    "{'fd':5,'kind':'unknown'," NOTHING "'problems':['cannot be duplicated: Operation not permitted']," END,
	    "a descriptor that cannot be duplicated is described");
	fd_probe(FD, &facts);
	is_str(described(&facts), "{'fd':77,'kind':'unknown'," NOTHING "'problems':['not open']," END,
	    "a number that is not open is described");
}

/* The PIDFD_ flags of linux/pidfd.h have the same values as some flags of open(2). */
static void
test_pidfd_flags(void)
{
	static const char links[][24] = { "anon_inode:[pidfd]", "anon_inode:sync_file" };
	static const char *const wanted[][2] = {
		{ "'PIDFD_THREAD','PIDFD_AUTOKILL'",
		    "the flags of a PID file descriptor have the names of linux/pidfd.h" },
		{ "'O_EXCL','O_TRUNC'", "the same flags of other kinds have the names of open(2)" }
	};
	static struct fd_facts facts;
	size_t i;

	for (i = 0; i < COUNT(links); i++) {
		facts = (struct fd_facts){ .fd = -1, .access = ACCESS_BOTH, .status_flags = O_EXCL | O_TRUNC };
		facts.link_length = strlcpy(facts.link, links[i], sizeof(facts.link));
		facts.kind = fd_kind_find(&facts);
		ok(strstr(described(&facts), wanted[i][0]) != NULL, "%s", wanted[i][1]);
	}
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
remove_all(void)
{
	static const char *const names[] = { "regular", "symlink", "fifo", "socket", "listener" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		(void)unlink(names[i]);
	(void)rmdir("directory");
	(void)rmdir(directory);
}

int
main(void)
{
	char arg = 0;
	size_t i;

	(void)umask(022);
	if (mkdtemp(directory) == NULL || chdir(directory) == -1)
		return 1;
	if (helper_run(nothing, NULL, &arg, sizeof(arg)) == -1)
		skip("no helper process can be created here, as under qemu-user", "descriptions");
	else {
		for (i = 0; i < COUNT(made); i++)
			test_made(&made[i]);
		test_links();
		test_unavailable();
		test_pidfd_flags();
	}
	remove_all();
	helper_exit();
	return tap_done();
}
