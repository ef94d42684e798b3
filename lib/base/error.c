/* SPDX-License-Identifier: MIT */
/*
 * Errors as plain data, and the names of codes and steps. The names are tables of our own: libc's
 * strerrorname_np() is missing in musl.
 */

#include "base/error.h"
#include "base/strings.h"

#include <errno.h>

/* Under this no -errno can lie: the kernel's own limit (MAX_ERRNO) is 4095. */
#define LOWEST_ERRNO_CODE (-4095)

static const char *const step_names[] = {
	[BROOD_STEP_NONE] = "none",
	[BROOD_STEP_CONFIG] = "config",
	[BROOD_STEP_LOOKUP] = "lookup",
	[BROOD_STEP_OPEN] = "open",
	[BROOD_STEP_PIPE] = "pipe",
	[BROOD_STEP_CLONE] = "clone",
	[BROOD_STEP_DESCRIPTORS] = "descriptors",
	[BROOD_STEP_SIGNALS] = "signals",
	[BROOD_STEP_SESSION] = "session",
	[BROOD_STEP_GROUP] = "group",
	[BROOD_STEP_TERMINAL] = "terminal",
	[BROOD_STEP_CGROUP] = "cgroup",
	[BROOD_STEP_NAMESPACE] = "namespace",
	[BROOD_STEP_CHROOT] = "chroot",
	[BROOD_STEP_CREDENTIALS] = "credentials",
	[BROOD_STEP_CAPABILITIES] = "capabilities",
	[BROOD_STEP_LIMITS] = "limits",
	[BROOD_STEP_SCHEDULER] = "scheduler",
	[BROOD_STEP_CHDIR] = "chdir",
	[BROOD_STEP_SANDBOX] = "sandbox",
	[BROOD_STEP_EXEC] = "exec",
	[BROOD_STEP_KILLED_EARLY] = "killed-early",
	[BROOD_STEP_PUMP] = "pump",
	[BROOD_STEP_WAIT] = "wait",
	[BROOD_STEP_SIGNAL] = "signal",
	[BROOD_STEP_GUARD] = "guard",
	[BROOD_STEP_TRACE] = "trace",
};

/* Numbered down from BROOD_EEXIT. */
static const char *const brood_names[] = {
	"BROOD_EEXIT",
	"BROOD_ENOTFOUND",
	"BROOD_EDOT",
	"BROOD_ETIMEOUT",
	"BROOD_ECANCELED",
	"BROOD_EWAITDELAY",
	"BROOD_ELIMIT",
	"BROOD_ELOST",
	"BROOD_EMISUSE",
	"BROOD_ESTOPPED",
};

#define NAME(error) [error] = #error

/* Numbers differ between processors, so the table is ordered by the compiler. Left out are second
 * names of a number: EWOULDBLOCK, EDEADLOCK, ENOTSUP. */
static const char *const errno_names[] = {
	NAME(E2BIG),
	NAME(EACCES),
	NAME(EADDRINUSE),
	NAME(EADDRNOTAVAIL),
	NAME(EADV),
	NAME(EAFNOSUPPORT),
	NAME(EAGAIN),
	NAME(EALREADY),
	NAME(EBADE),
	NAME(EBADF),
	NAME(EBADFD),
	NAME(EBADMSG),
	NAME(EBADR),
	NAME(EBADRQC),
	NAME(EBADSLT),
	NAME(EBFONT),
	NAME(EBUSY),
	NAME(ECANCELED),
	NAME(ECHILD),
	NAME(ECHRNG),
	NAME(ECOMM),
	NAME(ECONNABORTED),
	NAME(ECONNREFUSED),
	NAME(ECONNRESET),
	NAME(EDEADLK),
	NAME(EDESTADDRREQ),
	NAME(EDOM),
	NAME(EDOTDOT),
	NAME(EDQUOT),
	NAME(EEXIST),
	NAME(EFAULT),
	NAME(EFBIG),
	NAME(EHOSTDOWN),
	NAME(EHOSTUNREACH),
	NAME(EHWPOISON),
	NAME(EIDRM),
	NAME(EILSEQ),
	NAME(EINPROGRESS),
	NAME(EINTR),
	NAME(EINVAL),
	NAME(EIO),
	NAME(EISCONN),
	NAME(EISDIR),
	NAME(EISNAM),
	NAME(EKEYEXPIRED),
	NAME(EKEYREJECTED),
	NAME(EKEYREVOKED),
	NAME(EL2HLT),
	NAME(EL2NSYNC),
	NAME(EL3HLT),
	NAME(EL3RST),
	NAME(ELIBACC),
	NAME(ELIBBAD),
	NAME(ELIBEXEC),
	NAME(ELIBMAX),
	NAME(ELIBSCN),
	NAME(ELNRNG),
	NAME(ELOOP),
	NAME(EMEDIUMTYPE),
	NAME(EMFILE),
	NAME(EMLINK),
	NAME(EMSGSIZE),
	NAME(EMULTIHOP),
	NAME(ENAMETOOLONG),
	NAME(ENAVAIL),
	NAME(ENETDOWN),
	NAME(ENETRESET),
	NAME(ENETUNREACH),
	NAME(ENFILE),
	NAME(ENOANO),
	NAME(ENOBUFS),
	NAME(ENOCSI),
	NAME(ENODATA),
	NAME(ENODEV),
	NAME(ENOENT),
	NAME(ENOEXEC),
	NAME(ENOKEY),
	NAME(ENOLCK),
	NAME(ENOLINK),
	NAME(ENOMEDIUM),
	NAME(ENOMEM),
	NAME(ENOMSG),
	NAME(ENONET),
	NAME(ENOPKG),
	NAME(ENOPROTOOPT),
	NAME(ENOSPC),
	NAME(ENOSR),
	NAME(ENOSTR),
	NAME(ENOSYS),
	NAME(ENOTBLK),
	NAME(ENOTCONN),
	NAME(ENOTDIR),
	NAME(ENOTEMPTY),
	NAME(ENOTNAM),
	NAME(ENOTRECOVERABLE),
	NAME(ENOTSOCK),
	NAME(ENOTTY),
	NAME(ENOTUNIQ),
	NAME(ENXIO),
	NAME(EOPNOTSUPP),
	NAME(EOVERFLOW),
	NAME(EOWNERDEAD),
	NAME(EPERM),
	NAME(EPFNOSUPPORT),
	NAME(EPIPE),
	NAME(EPROTO),
	NAME(EPROTONOSUPPORT),
	NAME(EPROTOTYPE),
	NAME(ERANGE),
	NAME(EREMCHG),
	NAME(EREMOTE),
	NAME(EREMOTEIO),
	NAME(ERESTART),
	NAME(ERFKILL),
	NAME(EROFS),
	NAME(ESHUTDOWN),
	NAME(ESOCKTNOSUPPORT),
	NAME(ESPIPE),
	NAME(ESRCH),
	NAME(ESRMNT),
	NAME(ESTALE),
	NAME(ESTRPIPE),
	NAME(ETIME),
	NAME(ETIMEDOUT),
	NAME(ETOOMANYREFS),
	NAME(ETXTBSY),
	NAME(EUCLEAN),
	NAME(EUNATCH),
	NAME(EUSERS),
	NAME(EXDEV),
	NAME(EXFULL),
};

void brood__error_set(
	struct brood_error *error, int code, int step, int child_fd, const char *subject)
{
	if (error == NULL)
		return;
	error->code = code;
	error->os_errno = code < 0 && code >= LOWEST_ERRNO_CODE ? -code : 0;
	error->step = (uint16_t)step;
	error->flags = 0;
	error->stage = -1;
	error->fd = child_fd;
	brood__text_copy(error->subject, sizeof error->subject, subject ? subject : "");
}

const char *brood_step_name(int step)
{
	if (step < 0 || (size_t)step >= sizeof step_names / sizeof step_names[0])
		return "unknown";
	return step_names[step];
}

const char *brood_code_name(int code)
{
	const char *name = NULL;

	if (code == 0)
		return "OK";
	if (code > 0)
		return "unknown";
	/* In 64 bits, so that the lowest of all ints can be turned round. */
	int64_t number = -(int64_t)code;
	int64_t place = number + BROOD_EEXIT;
	if (number < (int64_t)(sizeof errno_names / sizeof errno_names[0]))
		name = errno_names[number];
	else if (place >= 0 && place < (int64_t)(sizeof brood_names / sizeof brood_names[0]))
		name = brood_names[place];
	return name ? name : "unknown";
}
