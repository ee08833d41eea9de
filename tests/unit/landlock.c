/* SPDX-License-Identifier: ISC */
/*
 * Tests of the Landlock rules for each version of the kernel's interface. This program replaces the C library's
 * syscall(2), so that the results do not depend on the running kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/compat.h"
#include "sandbox/internal.h"
#include "tap.h"

/* linux/landlock.h */
#define EXECUTE	      (1U << 0)
#define WRITE_FILE    (1U << 1)
#define READ_FILE     (1U << 2)
#define READ_DIR      (1U << 3)
#define REMOVE_FILE   (1U << 5)
#define MAKE_REG      (1U << 8)
#define VERSION_1     ((1U << 13) - 1)
#define REFER	      (1U << 13)
#define TRUNCATE      (1U << 14)
#define IOCTL_DEV     (1U << 15)
#define BEFORE_NET    8
#define BEFORE_SCOPES 16
#define ALL_MEMBERS   24

static struct {
	long version;
	int errors;	     /* number of calls with unexpected arguments */
	int add_error;	     /* errno with which later calls of landlock_add_rule(2) fail; 0: the calls succeed */
	uint64_t members[3]; /* struct landlock_ruleset_attr: handled_access_fs, handled_access_net, scoped */
	size_t size;
	int ruleset;
	int restricted; /* the ruleset that landlock_restrict_self(2) has enforced; -1: none */
	size_t count;
	struct {
		uint64_t rights;
		char path[PATH_MAX];
	} rules[16];
} kernel;

static long
fail_with(int err)
{
	errno = err;
	return -1;
}

static long
create(const void *attributes, size_t size, unsigned long flags)
{
	if (flags == 1)
		return attributes == NULL && size == 0 ? kernel.version : fail_with(EINVAL);
	if (flags != 0 || size > sizeof(kernel.members))
		return fail_with(EINVAL);
	memset(kernel.members, 0, sizeof(kernel.members));
	memcpy(kernel.members, attributes, size);
	kernel.size = size;
	kernel.ruleset = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return kernel.ruleset;
}

static long
add_rule(int ruleset, const void *rule)
{
	char link[32];
	ssize_t n;
	int fd;

	if (kernel.add_error != 0)
		return fail_with(kernel.add_error);
	memcpy(&kernel.rules[kernel.count].rights, rule, 8);
	memcpy(&fd, (const char *)rule + 8, sizeof(fd));
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, kernel.rules[kernel.count].path, PATH_MAX - 1);
	kernel.rules[kernel.count++].path[n > 0 ? n : 0] = '\0';
	kernel.errors += ruleset != kernel.ruleset || kernel.count == 16;
	return 0;
}

/* Simulates the Landlock calls. The linker uses this function instead of the C library's function. */
long
syscall(long number, ...)
{
	const void *pointer;
	long result, first, second;
	va_list ap;

	va_start(ap, number);
	if (number == SYS_landlock_create_ruleset) {
		pointer = va_arg(ap, const void *);
		first = va_arg(ap, long);
		result = create(pointer, (size_t)first, va_arg(ap, unsigned long));
	} else if (number == SYS_landlock_add_rule) {
		first = va_arg(ap, int);
		second = va_arg(ap, int);
		pointer = va_arg(ap, const void *);
		kernel.errors += second != 1 || va_arg(ap, unsigned long) != 0; /* LANDLOCK_RULE_PATH_BENEATH */
		result = add_rule((int)first, pointer);
	} else if (number == SYS_landlock_restrict_self) {
		kernel.restricted = va_arg(ap, int);
		kernel.errors += va_arg(ap, unsigned long) != 0;
		result = 0;
	} else {
		result = fail_with(ENOSYS);
	}
	va_end(ap);
	return result;
}

static void
begin(struct sandbox *s, long version, bool abstract)
{
	int errors = kernel.errors;

	memset(&kernel, 0, sizeof(kernel));
	kernel.errors = errors;
	kernel.version = version;
	kernel.restricted = -1;
	*s = (struct sandbox){ .ruleset = -1 };
	landlock_begin(s, abstract);
}

static void
test_versions(void)
{
	/* fdpass must treat later versions in the same way as version 6. */
	static const struct {
		long version;
		uint64_t files, net, scopes;
		size_t size;
	} expected[] = {
		{ 1, VERSION_1, 0, 0, BEFORE_NET },
		{ 2, VERSION_1 | REFER, 0, 0, BEFORE_NET },
		{ 3, VERSION_1 | REFER | TRUNCATE, 0, 0, BEFORE_NET },
		{ 4, VERSION_1 | REFER | TRUNCATE, 3, 0, BEFORE_SCOPES },
		{ 5, VERSION_1 | REFER | TRUNCATE | IOCTL_DEV, 3, 0, BEFORE_SCOPES },
		{ 6, VERSION_1 | REFER | TRUNCATE | IOCTL_DEV, 3, 1, ALL_MEMBERS },
		{ 7, VERSION_1 | REFER | TRUNCATE | IOCTL_DEV, 3, 1, ALL_MEMBERS },
		{ 99, VERSION_1 | REFER | TRUNCATE | IOCTL_DEV, 3, 1, ALL_MEMBERS },
	};
	struct sandbox s;
	size_t i, abstract;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		for (abstract = 0; abstract < 2; abstract++) {
			begin(&s, expected[i].version, abstract == 1);
			ok(landlock_here(), "version %ld: Landlock is available", expected[i].version);
			is_int(kernel.members[0], expected[i].files,
			    "all file operations that this version knows are restricted");
			is_int(kernel.members[1], expected[i].net, "TCP is restricted if this version can restrict it");
			is_int(kernel.members[2], abstract == 1 ? 0 : expected[i].scopes,
			    "abstract socket names are restricted unless fdpass needs them");
			is_int(kernel.size, expected[i].size,
			    "only those members of the structure that this version supports are passed");
			is_int(s.held, expected[i].files, "the restricted file operations are stored in the sandbox");
			landlock_drop(&s);
		}
	for (i = 0; i < 2; i++) {
		begin(&s, i == 0 ? 0 : -1, false);
		ok(!landlock_here() && s.ruleset == -1 && !landlock_enter(&s) && kernel.restricted == -1,
		    "if Landlock is not available, nothing is restricted");
	}
}

/* Checks that the last rule grants, on PATH, those of RIGHTS that the kernel version supports. */
static void
is_rule(const struct sandbox *s, uint64_t rights, const char *path, const char *what)
{
	char real[PATH_MAX];

	if (!ok(kernel.count > 0 && s->ruleset != -1, "%s: a rule was added", what))
		return;
	is_int(
	    kernel.rules[kernel.count - 1].rights, rights & s->held, "%s: the rule grants the expected rights", what);
	is_str(
	    kernel.rules[kernel.count - 1].path, realpath(path, real), "%s: the rule is for the expected path", what);
}

static void
test_initial(long version)
{
	struct sandbox s;
	size_t expected = access("/sys/devices/virtual/block", F_OK) == 0 ? 3 : 2;
	char fdinfo[PATH_MAX];

	begin(&s, version, false);
	is_int(kernel.count, expected, "version %ld: the initial ruleset has the expected number of rules", version);
	is_int(kernel.rules[0].rights, READ_FILE | READ_DIR, "the first rule allows reading /proc");
	is_str(kernel.rules[0].path, "/proc", "the first rule is for /proc");
	(void)snprintf(fdinfo, sizeof(fdinfo), "/proc/%d/fdinfo", (int)getpid());
	is_str(kernel.rules[1].path, fdinfo, "the second rule is for /proc/PID/fdinfo");
	is_int(kernel.rules[1].rights, (READ_FILE | TRUNCATE | IOCTL_DEV) & s.held,
	    "files in /proc/PID/fdinfo can be read");
	if (expected == 3)
		is_rule(&s, READ_FILE, "/sys/devices/virtual/block", "loop devices");
	landlock_drop(&s);
}

static void
test_rules(const char *dir, long version)
{
	char there[PATH_MAX], missing[PATH_MAX], dangling[PATH_MAX];
	struct sandbox s;
	size_t count;
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(there, sizeof(there), "%s/there", dir);
	(void)snprintf(missing, sizeof(missing), "%s/missing", dir);
	(void)snprintf(dangling, sizeof(dangling), "%s/dangling", dir);
	begin(&s, version, false);
	sandbox_allow_remove(&s, fd);
	is_rule(&s, REMOVE_FILE, dir, "removing files from a directory");
	count = kernel.count;
	sandbox_allow_remove(&s, -1);
	ok(kernel.count == count && s.ruleset != -1, "sandbox_allow_remove() with -1 adds no rule");
	sandbox_allow_remove_path(&s, missing);
	is_rule(&s, REMOVE_FILE, dir, "removing a file");
	sandbox_allow_read(&s, there);
	is_rule(&s, READ_FILE, there, "reading a file");
	sandbox_allow_exec(&s);
	is_rule(&s, EXECUTE | READ_FILE | READ_DIR, "/", "executing");
	sandbox_allow_reopen(&s, fd);
	is_rule(&s, WRITE_FILE | IOCTL_DEV, dir, "opening again");
	sandbox_allow_create(&s, there);
	is_rule(&s, WRITE_FILE | TRUNCATE, there, "writing a file");
	sandbox_allow_create(&s, missing);
	is_rule(&s, WRITE_FILE | TRUNCATE | MAKE_REG, dir, "creating a file");
	ok(landlock_enter(&s) && kernel.restricted == s.ruleset, "landlock_enter() enforces the ruleset");
	(void)unlink(dangling);
	if (symlink(missing, dangling) == -1)
		diag("no symbolic link");
	sandbox_allow_create(&s, dangling);
	ok(s.ruleset == -1, "Landlock is not used if a file would be created through a symbolic link");
	(void)close(fd);
}

static void
test_errors(const char *dir)
{
	struct sandbox s;
	size_t count;

	begin(&s, 6, false);
	count = kernel.count;
	kernel.add_error = EBADFD;
	sandbox_allow_read(&s, dir);
	ok(s.ruleset != -1, "a file to which no rule can apply (EBADFD) does not disable Landlock");
	kernel.add_error = ENOMEM;
	sandbox_allow_read(&s, dir);
	ok(s.ruleset == -1 && fcntl(kernel.ruleset, F_GETFD) == -1, "if a rule cannot be added, the ruleset is closed");
	kernel.add_error = 0;
	sandbox_allow_read(&s, dir);
	sandbox_allow_remove_path(&s, dir);
	ok(kernel.count == count && !landlock_enter(&s),
	    "after an error, no more rules are added, and none is enforced");
	begin(&s, 6, false);
	sandbox_allow_read(&s, "/nonexistent/file");
	ok(s.ruleset == -1, "if a file cannot be opened, Landlock is not used");
	begin(&s, 6, false);
	sandbox_allow_inspection(&s);
	ok(s.ruleset == -1 && fcntl(kernel.ruleset, F_GETFD) == -1,
	    "Landlock is not used if fdpass must inspect other processes");
}

static int
open_count(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

int
main(void)
{
	char dir[] = "/tmp/fdpass-landlock.XXXXXX", path[64];
	int before, version;

	if (mkdtemp(dir) == NULL) {
		printf("Bail out! mkdtemp: %s\n", strerror(errno));
		return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/there", dir);
	(void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	before = open_count();
	test_versions();
	for (version = 1; version <= 6; version++) {
		test_initial(version);
		test_rules(dir, version);
	}
	test_errors(dir);
	is_int(open_count(), before, "all descriptors are closed again");
	is_int(kernel.errors, 0, "all Landlock calls had the expected arguments");
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/dangling", dir);
	(void)unlink(path);
	(void)rmdir(dir);
	return tap_done();
}
