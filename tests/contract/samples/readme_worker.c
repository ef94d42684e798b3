/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static const char *const mails[] = { "a@b", "x@y", "urgent@z" };
	/* The second try of what failed comes at once, and not after a second. */
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.back_off = -1);
	struct brood_message got = BROOD_MESSAGE_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox *box;
	char text[256];
	size_t i;

	/* A folder. Any process that opens it may send, or work; there is no daemon. */
	int r = brood_mailbox_open(&box, "mail", &options, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	for (i = 0; r == 0 && i < 3; i++) {
		struct brood_message mail = BROOD_MESSAGE(.data = mails[i], .tries = 2);
		mail.length = strlen(mails[i]);
		mail.priority = i == 2 ? 10 : 0;
		/* When this returns 0 the message is on the disk. */
		r = brood_mailbox_send(box, &mail, NULL, &error);
	}
	/* A message is this worker's until it says what became of it. If it is killed before that,
	 * the message is there for the next one at once. */
	while (r >= 0 && (r = brood_mailbox_receive(box, 0, &got, &error)) == 0) {
		printf("%u, try %u: %.*s\n", (unsigned int)got.id, (unsigned int)got.tried,
			(int)got.length, (const char *)got.data);
		if (got.id == 1 && got.tried == 1)
			r = brood_mailbox_fail(box, got.id, 69, "no route", &error);
		else
			r = brood_mailbox_done(box, got.id, &error);
	}
	brood_mailbox_close(box);
	return r == -ETIME ? 0 : 1;
}
