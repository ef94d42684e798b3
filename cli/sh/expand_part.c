/* SPDX-License-Identifier: MIT */
#include "sh/expand_part.h"

#include "sh/arith.h"
#include "sh/expand.h"
#include "sh/parser.h"
#include "sh/subshell.h"

#include <string.h>

#define NUMBER_BYTES 24

char *number_text(char *digits, size_t size, int64_t number)
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char *at = digits + size;

	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*--at = '-';
	return at;
}

int expand_arithmetic(struct shell *sh, const struct part *part, int64_t *ret_number)
{
	const struct arithmetic *arithmetic = part->arithmetic;
	bool is_source = arithmetic->text->literal != NULL;
	struct place place = part->place;
	const char *text;
	size_t length;
	int r;

	if (is_source && place.line != 0)
		place.column += sizeof "$((" - 1;
	if (arithmetic->tree != NULL) {
		r = arithmetic_evaluate(sh, arithmetic->tree, place, ret_number);
	} else {
		if (expand_string(sh, arithmetic->text, &text, &length) < 0)
			return -1;
		r = arithmetic_of(sh, text, length, place, is_source, ret_number);
	}
	if (r < 0)
		sh->status = EXPAND_ERROR;
	return r;
}

static int add_arithmetic(struct buffer *buffer, const struct part *part, enum byte_kind kind)
{
	char digits[NUMBER_BYTES];
	int64_t number;

	if (expand_arithmetic(buffer->sh, part, &number) < 0)
		return -1;
	const char *text = number_text(digits, sizeof digits, number);
	buffer_add(buffer, text, (size_t)(digits + sizeof digits - text), kind);
	return 0;
}

static int add_command(struct buffer *buffer, const struct part *part, enum byte_kind kind)
{
	const char *text;
	size_t length;

	if (substitute_command(buffer->sh, part->command, &text, &length) < 0) {
		buffer->sh->status = EXPAND_ERROR;
		return -1;
	}
	buffer_add(buffer, text, length, kind);
	return 0;
}

/* In front of a slash a path loses its own, so that ~/x is not //x where home is the root. */
static void add_tilde(struct buffer *buffer, const struct part *part, const struct part *next,
	enum byte_kind kind)
{
	const char *path = expand_tilde(buffer->sh, part->text, part->length);

	if (path == NULL) {
		buffer_add(buffer, "~", 1, kind);
		buffer_add(buffer, part->text, part->length, kind);
		return;
	}
	size_t length = strlen(path);
	if (next != NULL && next->kind == PART_LITERAL && next->length > 0 && next->text[0] == '/')
		while (length > 0 && path[length - 1] == '/')
			length--;
	buffer_add(buffer, path, length, BYTE_QUOTED);
}

/* So many bytes are handed on at once. */
#define TAKEN_BYTES 32768

static int add_pieces(struct buffer *buffer, const struct part *part)
{
	struct shell *sh = buffer->sh;
	struct taker *taker = buffer->taker;
	struct parser *parser = parser_of_text(sh, part->text, part->length, part->place);
	const struct word *piece;
	int r = 0;

	while (r == 0 && (piece = parser_next_piece(parser)) != NULL) {
		r = expand_parts(buffer, piece, BYTE_QUOTED);
		if (r == 0 && taker && buffer->n >= TAKEN_BYTES) {
			r = taker->take(taker, buffer->bytes, buffer->n);
			buffer->n = 0;
		}
	}
	parser_free(parser);
	return r;
}

int expand_parts(struct buffer *buffer, const struct word *word, enum byte_kind literal_kind)
{
	int r = 0;

	if (shell_is_at_floor(buffer->sh)) {
		shell_error(buffer->sh, word->place, "too deep: no room for more (ulimit -s)");
		buffer->sh->status = EXPAND_ERROR;
		return -1;
	}
	for (uint32_t i = 0; i < word->n_parts && r == 0; i++) {
		const struct part *part = &word->parts[i];
		enum byte_kind kind = part->is_quoted ? BYTE_QUOTED : BYTE_SPLIT;
		switch ((enum part_kind)part->kind) {
		case PART_LITERAL:
			buffer_add(buffer, part->text, part->length,
				part->is_quoted ? BYTE_QUOTED : literal_kind);
			break;
		case PART_TILDE:
			add_tilde(buffer, part, i + 1 < word->n_parts ? part + 1 : NULL,
				literal_kind);
			break;
		case PART_PARAMETER:
			r = expand_parameter(buffer, part);
			break;
		case PART_COMMAND:
			r = add_command(buffer, part, kind);
			break;
		case PART_ARITHMETIC:
			r = add_arithmetic(buffer, part, kind);
			break;
		case PART_TEXT:
			r = add_pieces(buffer, part);
			break;
		}
	}
	return r;
}
