/* SPDX-License-Identifier: MIT */
#include "mailbox/box_path.h"

#include <string.h>

const char *box_path(struct text *path, const char *name, const char *state_home, const char *home)
{
	if (name[0] == '\0')
		return "the name of the mailbox is empty";
	if (strchr(name, '/')) {
		text_string(path, name);
		return NULL;
	}
	/* Nothing that leads out of the folder, and nothing that is hidden in it. */
	if (name[0] == '.')
		return "the name of a mailbox does not begin with a dot (a folder is named with a slash: "
		       "./NAME)";
	if (state_home && state_home[0] == '/')
		text_format(path, "%s/brood/mailbox/%s", state_home, name);
	else if (home && home[0] == '/')
		text_format(path, "%s/.local/state/brood/mailbox/%s", home, name);
	else
		return "neither XDG_STATE_HOME nor HOME names a folder (a mailbox elsewhere is named with "
		       "a slash: -b ./NAME)";
	return NULL;
}
