/* SPDX-License-Identifier: ISC */
/* Functions that create a descriptor of each kind, and the expected JSON descriptions of these descriptors. */
#ifndef TESTS_UNIT_MADE_FDS_H
#define TESTS_UNIT_MADE_FDS_H

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

/* Parts of the expected JSON that are the same for many descriptors. */
#define BEGIN	   "'name':null,'name_base64':null,"
#define NO_PATH	   "'path':null,'path_base64':null,'link':*,'link_base64':null,"
#define PATH(path) "'path':'" path "','path_base64':null,'link':*,'link_base64':null,"
#define PLACE	   "'device':*,'inode':*,'mode':*,"
#define END \
	"'same_as':null,'pid':*,'comm':null,'comm_base64':null,'holders':null,'peer_holders':null,'same_as_pid':null," \
	"'same_file_as':null,'same_file_as_pid':null}"

#define FD 77 /* the number to which each created descriptor is moved */

static char directory[] = "/tmp/fdo.XXXXXX";
static int other = -1; /* the other end of the created object, or a further descriptor that must stay open */

static int
make_regular(void)
{
	int fd = open("regular", O_RDWR | O_CREAT | O_APPEND, 0640);

	return fd != -1 && write(fd, "hello", 5) == 5 ? fd : -1;
}

static int
make_deleted(void)
{
	int fd = open("deleted", O_WRONLY | O_CREAT, 0600);

	return fd != -1 && unlink("deleted") == 0 ? fd : -1;
}

static int
make_tmpfile(void)
{
	return open(".", O_RDWR | O_TMPFILE, 0600);
}

static int
make_directory(void)
{
	return mkdir("directory", 0700) == 0 ? open("directory", O_RDONLY | O_DIRECTORY) : -1;
}

static int
make_symlink(void)
{
	return symlink("nowhere", "symlink") == 0 ? open("symlink", O_PATH | O_NOFOLLOW) : -1;
}

static int
make_fifo(void)
{
	return mkfifo("fifo", 0600) == 0 ? open("fifo", O_RDWR | O_NONBLOCK) : -1;
}

static int
make_socket_file(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };

	other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return bind(other, (struct sockaddr *)&address, sizeof(address)) == 0 ? open("socket", O_PATH) : -1;
}

static int
make_char_device(void)
{
	struct stat st;

	/* In a container, /dev/null may belong to a user that is not mapped into the user namespace. */
	if (stat("/dev/null", &st) == -1 || st.st_uid != 0)
		return -1;
	return open("/dev/null", O_RDWR);
}

static int
make_memfd(void)
{
	int fd = memfd_create("memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd != -1 && ftruncate(fd, 4096) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0 ? fd : -1;
}

static int
make_pipe_read(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1 || fcntl(ends[1], F_SETPIPE_SZ, 4096 * 16) == -1 ||
	    write(ends[1], "abc", 3) != 3)
		return -1;
	other = ends[1];
	return ends[0];
}

static int
make_pipe_write(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1 || fcntl(ends[1], F_SETPIPE_SZ, 4096 * 16) == -1)
		return -1;
	(void)close(ends[0]);
	return ends[1];
}

static int
make_master(void)
{
	struct winsize size = { .ws_col = 80, .ws_row = 25 };
	int master;

	return openpty(&master, &other, NULL, NULL, &size) == 0 ? master : -1;
}

static int
make_slave(void)
{
	struct winsize size = { .ws_col = 80, .ws_row = 25 };
	int slave;

	return openpty(&other, &slave, NULL, NULL, &size) == 0 ? slave : -1;
}

static int
make_namespace(void)
{
	return open("/proc/self/ns/net", O_RDONLY);
}

static int
make_eventfd(void)
{
	return eventfd(3, EFD_CLOEXEC | EFD_SEMAPHORE);
}

static int
make_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
}

static int
make_signalfd(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
make_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 0x1234 };
	int fd = epoll_create1(EPOLL_CLOEXEC), ends[2];

	if (fd == -1 || pipe(ends) == -1 || dup2(ends[0], FD + 1) == -1)
		return -1;
	(void)close(ends[0]);
	(void)close(ends[1]);
	other = FD + 1;
	return epoll_ctl(fd, EPOLL_CTL_ADD, other, &event) == 0 ? fd : -1;
}

static int
make_inotify(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd != -1 && inotify_add_watch(fd, ".", IN_CREATE) != -1 ? fd : -1;
}

static int
make_unix_pair(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	other = pair[1];
	return pair[0];
}

static int
make_unix_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "listener" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 5) == 0 ? fd : -1;
}

static int
make_tcp_listener(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return listen(fd, 5) == 0 ? fd : -1;
}

static int
make_udp(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int
make_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
}

/* clang-format off */
static const struct made {
	const char *name;
	int (*make)(void);
	const char *json;
} made[] = {
	{ "regular", make_regular,
	    "{'fd':77,'kind':'regular'," BEGIN PATH("DIR/regular") "'access':'rw','status_flags':['O_APPEND'],"
	    "'cloexec':true,'offset':5,'size':5," PLACE "'deleted':false,'problems':[],"
	    "'regular':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*,'locks':[]}," END },
	{ "deleted", make_deleted,
	    "{'fd':77,'kind':'regular'," BEGIN PATH("DIR/deleted") "'access':'w','status_flags':[],"
	    "'cloexec':true,'offset':0,'size':0," PLACE "'deleted':true,'problems':[],'regular':{'filesystem':*,"
	    "'mount_id':*,'links':*,'uid':*,'gid':*,'locks':[]}," END },
	{ "tmpfile", make_tmpfile,
	    "{'fd':77,'kind':'regular'," BEGIN NO_PATH "'access':'rw','status_flags':['O_TMPFILE'],"
	    "'cloexec':true,'offset':0,'size':0," PLACE "'deleted':true,'problems':[],'regular':{'filesystem':*,"
	    "'mount_id':*,'links':*,'uid':*,'gid':*,'locks':[]}," END },
	{ "directory", make_directory,
	    "{'fd':77,'kind':'directory'," BEGIN PATH("DIR/directory") "'access':'r',"
	    "'status_flags':['O_DIRECTORY'],'cloexec':true,'offset':0,'size':*," PLACE "'deleted':false,"
	    "'problems':[],'directory':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*,'locks':[]}," END },
	{ "symlink", make_symlink,
	    "{'fd':77,'kind':'symlink'," BEGIN PATH("DIR/symlink") "'access':'path',"
	    "'status_flags':['O_NOFOLLOW'],'cloexec':true,'offset':null,'size':7," PLACE "'deleted':false,"
	    "'problems':[],'symlink':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*}," END },
	{ "fifo", make_fifo,
	    "{'fd':77,'kind':'fifo'," BEGIN PATH("DIR/fifo") "'access':'rw','status_flags':['O_NONBLOCK'],"
	    "'cloexec':true,'offset':null,'size':null," PLACE "'deleted':false,'problems':[],"
	    "'fifo':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*,'capacity':65536,'pending':0,"
	    "'packets':false,'has_reader':true,'has_writer':true}," END },
	{ "socket file", make_socket_file,
	    "{'fd':77,'kind':'socket-file'," BEGIN PATH("DIR/socket") "'access':'path','status_flags':[],"
	    "'cloexec':true,'offset':null,'size':null," PLACE "'deleted':false,'problems':[],"
	    "'socket-file':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*}," END },
	{ "char device", make_char_device,
	    "{'fd':77,'kind':'char-device'," BEGIN PATH("/dev/null") "'access':'rw','status_flags':[],"
	    "'cloexec':true,'offset':0,'size':null," PLACE "'deleted':false,'problems':[],"
	    "'char-device':{'filesystem':*,'mount_id':*,'links':*,'uid':*,'gid':*,'number':*,'driver':'mem',"
	    "'interface':null,'interface_base64':null,'backing_file':null,'backing_file_base64':null,'info':[],"
	    "'netns_inode':null,'own_netns':*}," END },
	{ "memfd", make_memfd,
	    "{'fd':77,'kind':'memfd'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,'offset':0,"
	    "'size':4096," PLACE "'deleted':false,'problems':[],'memfd':{'name':'memory','name_base64':null,"
	    "'seals':['shrink']}," END },
	{ "pipe read", make_pipe_read,
	    "{'fd':77,'kind':'pipe'," BEGIN NO_PATH "'access':'r','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'pipe':{'capacity':65536,"
	    "'pending':3,'packets':null,'has_reader':true,'has_writer':true}," END },
	{ "pipe write", make_pipe_write,
	    "{'fd':77,'kind':'pipe'," BEGIN NO_PATH "'access':'w','status_flags':['O_NONBLOCK'],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'pipe':{'capacity':65536,"
	    "'pending':0,'packets':false,'has_reader':false,'has_writer':true}," END },
	{ "master", make_master,
	    "{'fd':77,'kind':'pty'," BEGIN PATH("/dev/ptmx") "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'pty':{'role':'master','number':*,"
	    "'slave':*,'columns':80,'rows':25}," END },
	{ "slave", make_slave,
	    "{'fd':77,'kind':'pty'," BEGIN PATH("/dev/pts/*") "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'pty':{'role':'slave','number':*,"
	    "'slave':*,'columns':80,'rows':25}," END },
	{ "namespace", make_namespace,
	    "{'fd':77,'kind':'namespace'," BEGIN NO_PATH "'access':'r','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'namespace':{'type':'net',"
	    "'own':true,'owner_uid':null}," END },
	{ "eventfd", make_eventfd,
	    "{'fd':77,'kind':'eventfd'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'eventfd':{'count':3,'id':*,"
	    "'semaphore':*}," END },
	{ "timerfd", make_timerfd,
	    "{'fd':77,'kind':'timerfd'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],"
	    "'timerfd':{'clock':'CLOCK_MONOTONIC','clock_value':1,'ticks':0,'settime_flags':[],"
	    "'remaining_ns':0,'interval_ns':0,'armed':false}," END },
	{ "signalfd", make_signalfd,
	    "{'fd':77,'kind':'signalfd'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'signalfd':{'signals':['SIGHUP']}," END },
	{ "epoll", make_epoll,
	    "{'fd':77,'kind':'epoll'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'epoll':{'targets':[{'fd':78,"
	    "'events':['EPOLLIN','EPOLLERR','EPOLLHUP'],'data':'0x1234','offset':0,'device':*,'inode':*}]}," END },
	{ "inotify", make_inotify,
	    "{'fd':77,'kind':'inotify'," BEGIN NO_PATH "'access':'r','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'inotify':{'watches':[{'wd':1,"
	    "'inode':*,'device':*,'events':['IN_CREATE']}]}," END },
	{ "unix pair", make_unix_pair,
	    "{'fd':77,'kind':'socket'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'socket':{'family':'AF_UNIX',"
	    "'family_value':1,'type':'SOCK_SEQPACKET','type_value':5,'protocol':null,'protocol_value':0,"
	    "'state':'connected','tcp_state':*,'listening':false,'local':{'family':'AF_UNIX','family_value':1,"
	    "'path':null,'path_base64':null,'abstract':null,'abstract_base64':null,'host':null,'port':*,"
	    "'scope_id':null,'interface':null,'protocol':null,'cid':null,'pid':*,'groups':null,'queue':null,"
	    "'hardware_address':null,'hex':*,'text':*},'peer':{'family':'AF_UNIX','family_value':1,'path':null,"
	    "'path_base64':null,'abstract':null,'abstract_base64':null,'host':null,'port':*,'scope_id':null,"
	    "'interface':null,'protocol':null,'cid':null,'pid':*,'groups':null,'queue':null,"
	    "'hardware_address':null,'hex':*,'text':*},'peer_credentials':{'pid':*,'uid':*,'gid':*},"
	    "'pending_fds':0,'receive_queue':0,'send_queue':null,'backlog_used':*,'backlog':*,'linger':null,"
	    "'reuseaddr':false,'reuseport':false,'keepalive':false,'broadcast':false,'oobinline':false,"
	    "'passcred':*,'passsec':*,'passpidfd':*,'passrights':*,'rcvbuf':*,'sndbuf':*,'mark':0,'priority':0,"
	    "'bind_interface':*,'cookie':*,'netns_cookie':*,'interface':null,'interface_base64':null,"
	    "'fanout':null,'groups':null,'own_netns':*,'hung_up':false,'read_closed':false}," END },
	{ "unix listener", make_unix_listener,
	    "{'fd':77,'kind':'socket'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'socket':{'family':'AF_UNIX',"
	    "'family_value':1,'type':'SOCK_STREAM','type_value':1,'protocol':null,'protocol_value':0,"
	    "'state':'listening','tcp_state':*,'listening':true,'local':{'family':'AF_UNIX','family_value':1,"
	    "'path':'listener','path_base64':null,'abstract':null,'abstract_base64':null,'host':null,'port':*,"
	    "'scope_id':null,'interface':null,'protocol':null,'cid':null,'pid':*,'groups':null,'queue':null,"
	    "'hardware_address':null,'hex':*,'text':*},'peer':null,'peer_credentials':{'pid':*,'uid':*,"
	    "'gid':*},'pending_fds':0,'receive_queue':null,'send_queue':null,'backlog_used':*,'backlog':*,"
	    "'linger':null,'reuseaddr':false,'reuseport':false,'keepalive':false,'broadcast':false,"
	    "'oobinline':false,'passcred':*,'passsec':*,'passpidfd':*,'passrights':*,'rcvbuf':*,'sndbuf':*,"
	    "'mark':0,'priority':0,'bind_interface':*,'cookie':*,'netns_cookie':*,'interface':null,"
	    "'interface_base64':null,'fanout':null,'groups':null,'own_netns':*,'hung_up':null,"
	    "'read_closed':null}," END },
	{ "tcp listener", make_tcp_listener,
	    "{'fd':77,'kind':'socket'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'socket':{'family':'AF_INET',"
	    "'family_value':2,'type':'SOCK_STREAM','type_value':1,'protocol':'IPPROTO_TCP','protocol_value':6,"
	    "'state':'listening','tcp_state':*,'listening':true,'local':{'family':'AF_INET','family_value':2,"
	    "'path':null,'path_base64':null,'abstract':null,'abstract_base64':null,'host':'0.0.0.0','port':*,"
	    "'scope_id':null,'interface':null,'protocol':null,'cid':null,'pid':*,'groups':null,'queue':null,"
	    "'hardware_address':null,'hex':*,'text':*},'peer':null,'peer_credentials':null,'pending_fds':null,"
	    "'receive_queue':null,'send_queue':null,'backlog_used':*,'backlog':*,'linger':null,"
	    "'reuseaddr':false,'reuseport':false,'keepalive':false,'broadcast':false,'oobinline':false,"
	    "'passcred':*,'passsec':*,'passpidfd':*,'passrights':*,'rcvbuf':*,'sndbuf':*,'mark':0,'priority':0,"
	    "'bind_interface':*,'cookie':*,'netns_cookie':*,'interface':null,'interface_base64':null,"
	    "'fanout':null,'groups':null,'own_netns':*,'hung_up':null,'read_closed':null}," END },
	{ "udp", make_udp,
	    "{'fd':77,'kind':'socket'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'socket':{'family':'AF_INET6',"
	    "'family_value':10,'type':'SOCK_DGRAM','type_value':2,'protocol':'IPPROTO_UDP','protocol_value':17,"
	    "'state':'unconnected','tcp_state':*,'listening':false,'local':{'family':'AF_INET6',"
	    "'family_value':10,'path':null,'path_base64':null,'abstract':null,'abstract_base64':null,"
	    "'host':'::','port':*,'scope_id':0,'interface':null,'protocol':null,'cid':null,'pid':*,"
	    "'groups':null,'queue':null,'hardware_address':null,'hex':*,'text':*},'peer':null,"
	    "'peer_credentials':null,'pending_fds':null,'receive_queue':0,'send_queue':null,'backlog_used':*,"
	    "'backlog':*,'linger':null,'reuseaddr':false,'reuseport':false,'keepalive':false,'broadcast':false,"
	    "'oobinline':false,'passcred':*,'passsec':*,'passpidfd':*,'passrights':*,'rcvbuf':*,'sndbuf':*,"
	    "'mark':0,'priority':0,'bind_interface':*,'cookie':*,'netns_cookie':*,'interface':null,"
	    "'interface_base64':null,'fanout':null,'groups':null,'own_netns':*,'hung_up':null,"
	    "'read_closed':null}," END },
	{ "netlink", make_netlink,
	    "{'fd':77,'kind':'socket'," BEGIN NO_PATH "'access':'rw','status_flags':[],'cloexec':true,"
	    "'offset':null,'size':null," PLACE "'deleted':false,'problems':[],'socket':{'family':'AF_NETLINK',"
	    "'family_value':16,'type':'SOCK_RAW','type_value':3,'protocol':'NETLINK_ROUTE','protocol_value':0,"
	    "'state':'unconnected','tcp_state':*,'listening':false,'local':{'family':'AF_NETLINK',"
	    "'family_value':16,'path':null,'path_base64':null,'abstract':null,'abstract_base64':null,"
	    "'host':null,'port':*,'scope_id':null,'interface':null,'protocol':null,'cid':null,'pid':*,"
	    "'groups':0,'queue':null,'hardware_address':null,'hex':*,'text':*},'peer':null,"
	    "'peer_credentials':null,'pending_fds':null,'receive_queue':null,'send_queue':null,"
	    "'backlog_used':*,'backlog':*,'linger':null,'reuseaddr':false,'reuseport':false,'keepalive':false,"
	    "'broadcast':false,'oobinline':false,'passcred':*,'passsec':*,'passpidfd':*,'passrights':*,"
	    "'rcvbuf':*,'sndbuf':*,'mark':0,'priority':0,'bind_interface':*,'cookie':*,'netns_cookie':*,"
	    "'interface':null,'interface_base64':null,'fanout':null,'groups':[],'own_netns':*,'hung_up':null,"
	    "'read_closed':null}," END },
};
/* clang-format on */

#endif
