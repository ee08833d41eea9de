/* SPDX-License-Identifier: ISC */
/* Tables with the names of system constants. */
#ifndef DESCRIBE_NAMES_H
#define DESCRIBE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The tables contain the characters of the names, not pointers. Each pointer would need a relocation whenever the
 * program starts, although most names are not used.
 */
#define NAME_SIZE 32

struct name {
	int64_t value;
	char name[NAME_SIZE];
};

struct names {
	const struct name *names;
	size_t count;
};

/* names.c */
extern const struct names names_errno;	/* EPERM … */
extern const struct names names_signal; /* SIGHUP …, without real-time signals */
extern const struct names names_clock;	/* CLOCK_REALTIME … */

/* names_net.c */
extern const struct names names_family;	   /* AF_UNIX … */
extern const struct names names_socktype;  /* SOCK_STREAM …, without the flags SOCK_CLOEXEC and SOCK_NONBLOCK */
extern const struct names names_ipproto;   /* IPPROTO_TCP … */
extern const struct names names_netlink;   /* NETLINK_ROUTE … */
extern const struct names names_bluetooth; /* BTPROTO_L2CAP … */
extern const struct names names_ethertype; /* ETH_P_IP … */
extern const struct names names_can;	   /* CAN_RAW … */
extern const struct names names_msg;	   /* MSG_OOB …: single bits */
extern const struct names names_origin;	   /* SO_EE_ORIGIN_ICMP … */
extern const struct names names_tstamp;	   /* SCM_TSTAMP_SND …: the event that caused a transmit timestamp */
extern const struct names names_txtime;	   /* SO_EE_CODE_TXTIME_MISSED …: reasons why a packet was not sent in time */
extern const struct names names_tcp_nla;   /* TCP_NLA_BUSY … */
extern const struct names names_j1939_nla; /* J1939_NLA_BYTES_ACKED … */
extern const struct names names_tls_record; /* content types of TLS records, in words */
extern const struct names names_tipc_error; /* TIPC_OK … */
extern const struct names names_ip_option;  /* IPOPT_RR … */
extern const struct names names_ip6_option; /* IP6OPT_PADN … */

/* Returns the name of VALUE, or NULL if VALUE has no name. */
const char *name_of(const struct names *names, int64_t value);

/*
 * Stores the value of NAME in *VALUE, ignoring the case of letters. Returns false if the table does not contain NAME.
 */
bool name_value(const struct names *names, const char *name, int64_t *value);

/* Returns the name of signal NUMBER, or NULL. The names of real-time signals have the form "SIGRTMIN+3". */
const char *name_signal(int number);

/*
 * Returns the name of PROTOCOL on a socket of the address family FAMILY. Returns NULL if the protocol has no known
 * name.
 */
const char *name_protocol(int family, int protocol);

/*
 * Return the meaning of the type or the code of an ICMP or ICMPv6 message, such as "destination unreachable" for a
 * type, or "port unreachable" for a code. Return NULL if the meaning is unknown.
 */
const char *name_icmp_type(bool ipv6, unsigned int type);
const char *name_icmp_code(bool ipv6, unsigned int type, unsigned int code);

static inline const char *
name_errno(int err)
{
	return name_of(&names_errno, err);
}

static inline const char *
name_family(int family)
{
	return name_of(&names_family, family);
}

static inline const char *
name_socktype(int type)
{
	return name_of(&names_socktype, type);
}

static inline const char *
name_clock(int clock)
{
	return name_of(&names_clock, clock);
}

#endif
