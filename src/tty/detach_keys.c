/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tty/detach_keys.h"

/*
 * Returns the byte that the terminal sends for the key named by the LENGTH characters at WORD. Returns -1 if WORD does
 * not name a key.
 */
static int
key_byte(const char *word, size_t length)
{
	if (length == 1)
		return (unsigned char)word[0];
	if (length != 6 || strncmp(word, "ctrl-", 5) != 0)
		return -1;
	if (word[5] >= 'a' && word[5] <= 'z')
		return word[5] - 'a' + 1;
	/* Ctrl with @, A to Z, [, \, ], ^ or _ sends one of the bytes 0 to 31 */
	return word[5] >= '@' && word[5] <= '_' ? word[5] - '@' : -1;
}

int
detach_keys_parse(struct detach_keys *keys, const char *text, struct fail *fail)
{
	const char *p = text;
	size_t length;
	int key;

	keys->count = 0;
	for (; p != NULL && *p != '\0'; p += length + (p[length] == ',')) {
		length = strcspn(p, ",");
		key = key_byte(p, length);
		if (key == -1 || keys->count == DETACH_KEYS_MAX)
			return fail_msg(fail,
			    "invalid argument '%s' for --detach-keys: expected keys such as 'ctrl-p,ctrl-q'", text);
		keys->keys[keys->count++] = (char)key;
	}
	return 0;
}
