/* SPDX-License-Identifier: MIT */
/*
 * Signals by name. All names are constants, so that any thread and any signal handler may ask.
 * Where the real-time signals begin is libc's secret, known only at run time.
 */

#include "base/signame.h"

#include <errno.h>
#include <signal.h>

#define NAME(signal) [signal] = #signal

static const char *const names[] = {
	NAME(SIGHUP),
	NAME(SIGINT),
	NAME(SIGQUIT),
	NAME(SIGILL),
	NAME(SIGTRAP),
	NAME(SIGABRT),
	NAME(SIGBUS),
	NAME(SIGFPE),
	NAME(SIGKILL),
	NAME(SIGUSR1),
	NAME(SIGSEGV),
	NAME(SIGUSR2),
	NAME(SIGPIPE),
	NAME(SIGALRM),
	NAME(SIGTERM),
#ifdef SIGSTKFLT
	NAME(SIGSTKFLT),
#endif
	NAME(SIGCHLD),
	NAME(SIGCONT),
	NAME(SIGSTOP),
	NAME(SIGTSTP),
	NAME(SIGTTIN),
	NAME(SIGTTOU),
	NAME(SIGURG),
	NAME(SIGXCPU),
	NAME(SIGXFSZ),
	NAME(SIGVTALRM),
	NAME(SIGPROF),
	NAME(SIGWINCH),
	NAME(SIGIO),
	NAME(SIGPWR),
	NAME(SIGSYS),
};

/* Second names, which are read but not given. */
static const struct {
	const char *name;
	int number;
} aliases[] = {
	{ "EXIT", 0 },
	{ "IOT", SIGIOT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGPOLL },
};

/* As in kill -l, the lower half counts from SIGRTMIN and the upper one from SIGRTMAX. The kernel
 * has 32 to 64, so that neither half is longer than this. */
static const char *const up_names[] = {
	"SIGRTMIN",
	"SIGRTMIN+1",
	"SIGRTMIN+2",
	"SIGRTMIN+3",
	"SIGRTMIN+4",
	"SIGRTMIN+5",
	"SIGRTMIN+6",
	"SIGRTMIN+7",
	"SIGRTMIN+8",
	"SIGRTMIN+9",
	"SIGRTMIN+10",
	"SIGRTMIN+11",
	"SIGRTMIN+12",
	"SIGRTMIN+13",
	"SIGRTMIN+14",
	"SIGRTMIN+15",
	"SIGRTMIN+16",
};
static const char *const down_names[] = {
	"SIGRTMAX",
	"SIGRTMAX-1",
	"SIGRTMAX-2",
	"SIGRTMAX-3",
	"SIGRTMAX-4",
	"SIGRTMAX-5",
	"SIGRTMAX-6",
	"SIGRTMAX-7",
	"SIGRTMAX-8",
	"SIGRTMAX-9",
	"SIGRTMAX-10",
	"SIGRTMAX-11",
	"SIGRTMAX-12",
	"SIGRTMAX-13",
	"SIGRTMAX-14",
	"SIGRTMAX-15",
	"SIGRTMAX-16",
};

#define N_NAMES (sizeof names / sizeof names[0])

/* strcasecmp() would ask the locale, in which I and i may be strangers. */
static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Returns what follows this beginning of text, in any case of letters; NULL: it begins otherwise.
 */
static const char *after(const char *text, const char *beginning)
{
	for (; *beginning; text++, beginning++) {
		if (upper(*text) != *beginning)
			return NULL;
	}
	return text;
}

static bool is_same(const char *text, const char *name)
{
	const char *rest = after(text, name);

	return rest && *rest == '\0';
}

const char *brood_signal_name(int number)
{
	int first = SIGRTMIN;
	int last = SIGRTMAX;

	if (number < 1 || number > last)
		return NULL;
	if (number >= first) {
		size_t up = (size_t)(number - first);
		size_t down = (size_t)(last - number);
		if (up <= (size_t)(last - first) / 2)
			return up < sizeof up_names / sizeof up_names[0] ? up_names[up] : NULL;
		return down < sizeof down_names / sizeof down_names[0] ? down_names[down] : NULL;
	}
	return (size_t)number < N_NAMES ? names[number] : NULL;
}

/* Reads digits and nothing else. Returns the number, -1 if it is none or far too large. */
static int read_number(const char *digits)
{
	int number = 0;

	if (*digits == '\0')
		return -1;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9' || number > 1000)
			return -1;
		number = number * 10 + (*digits - '0');
	}
	return number;
}

/* Reads what follows RTMIN or RTMAX: nothing, or the sign and a number. */
static int read_offset(const char *text, char sign)
{
	if (*text == '\0')
		return 0;
	return *text == sign ? read_number(text + 1) : -1;
}

static int real_time_number(const char *name)
{
	int first = SIGRTMIN;
	int last = SIGRTMAX;
	const char *up = after(name, "RTMIN");
	const char *down = after(name, "RTMAX");

	if (!up && !down)
		return -EINVAL;
	int offset = up ? read_offset(up, '+') : read_offset(down, '-');
	if (offset < 0 || offset > last - first)
		return -EINVAL;
	return up ? first + offset : last - offset;
}

int brood_signal_number(const char *name)
{
	if (name == NULL)
		return -EINVAL;
	if (*name >= '0' && *name <= '9') {
		int number = read_number(name);
		bool is_signal = number == 0 || brood_signal_name(number) != NULL;
		return is_signal ? number : -EINVAL;
	}
	const char *short_name = after(name, "SIG");
	if (short_name)
		name = short_name;
	for (size_t i = 0; i < N_NAMES; i++) {
		if (names[i] && is_same(name, names[i] + 3))
			return (int)i;
	}
	for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
		if (is_same(name, aliases[i].name))
			return aliases[i].number;
	}
	return real_time_number(name);
}
