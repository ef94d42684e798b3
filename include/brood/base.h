/* SPDX-License-Identifier: MIT */
#ifndef BROOD_BASE_H
#define BROOD_BASE_H

/*
 * What every other header stands on: export and checking attributes, durations.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROOD_VERSION_MAJOR 0
#define BROOD_VERSION_MINOR 1
#define BROOD_VERSION_PATCH 0

/** Marks what the shared library exports. */
#define BROOD_API __attribute__((visibility("default")))

/** Marks a function whose result must be looked at. */
#define BROOD_MUST_CHECK __attribute__((warn_unused_result))

#ifdef __cplusplus
extern "C" {
#endif

/** A length of time in nanoseconds; negative means "at once" wherever a duration is taken. */
typedef int64_t brood_duration;

#define BROOD_NANOSECOND  ((brood_duration)1)
#define BROOD_MICROSECOND ((brood_duration)1000)
#define BROOD_MILLISECOND ((brood_duration)1000000)
#define BROOD_SECOND      ((brood_duration)1000000000)
#define BROOD_MINUTE      (60 * BROOD_SECOND)
#define BROOD_HOUR        (60 * BROOD_MINUTE)

/** A duration that never ends. */
#define BROOD_FOREVER INT64_MAX

/**
 * Names the version of the library that is loaded, as "MAJOR.MINOR.PATCH".
 *
 * Returns a constant string, never NULL.
 * Threads: any; async-signal-safe.
 */
BROOD_API const char *brood_version(void);

#ifdef __cplusplus
}
#endif

#endif
