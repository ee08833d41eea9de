/* SPDX-License-Identifier: ISC */
/*
 * Which user and group IDs the user namespace of this process maps. The kernel returns the overflow ID for all others.
 */
#ifndef INSPECT_IDMAP_H
#define INSPECT_IDMAP_H

#include <stdint.h>

enum id_state {
	ID_MAPPED,
	ID_UNMAPPED, /* the overflow ID, which is not mapped itself */
	ID_UNCLEAR   /* the overflow ID, which is mapped: either that ID, or one that is not mapped */
};

/* Return the state of an ID. The maps are read once, when first needed. */
enum id_state idmap_uid(uint32_t uid);
enum id_state idmap_gid(uint32_t gid);

/* Returns ID_UNMAPPED if one of the IDs is unmapped, otherwise ID_UNCLEAR if one is unclear, otherwise ID_MAPPED. */
enum id_state idmap_ids(uint32_t uid, uint32_t gid);

/* The overflow IDs and their states: all other IDs are mapped. */
struct idmap {
	uint32_t uid, gid;
	enum id_state uid_state, gid_state;
};

/* Returns the maps of this process. */
struct idmap idmap_get(void);

/* Returns like idmap_ids(), without a system call. */
static inline enum id_state
idmap_find(const struct idmap *map, uint32_t uid, uint32_t gid)
{
	enum id_state user = uid == map->uid ? map->uid_state : ID_MAPPED;
	enum id_state group = gid == map->gid ? map->gid_state : ID_MAPPED;

	if (user == ID_UNMAPPED || group == ID_UNMAPPED)
		return ID_UNMAPPED;
	return user != ID_MAPPED ? user : group;
}

#endif
