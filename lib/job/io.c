/* SPDX-License-Identifier: MIT */
/* The exported twins of the inline constructors of <brood/io.h>, for bindings and for -O0. */

#include <brood/io.h>

extern inline struct brood_io brood_null(void);
extern inline struct brood_io brood_inherit(void);
extern inline struct brood_io brood_fd(int fd);
extern inline struct brood_io brood_file(const char *path, int open_flags, unsigned int mode);
extern inline struct brood_io brood_memory(const void *bytes, size_t length);
extern inline struct brood_io brood_text(const char *string);
extern inline struct brood_io brood_source(brood_source_fn function, void *data);
extern inline struct brood_io brood_capture(uint64_t limit, uint32_t flags);
extern inline struct brood_io brood_into(void *memory, size_t size);
extern inline struct brood_io brood_sink(brood_sink_fn function, void *data);
extern inline struct brood_io brood_lines(brood_line_fn function, void *data, size_t longest);
extern inline struct brood_io brood_merge(void);
extern inline struct brood_io brood_pipe(void);
extern inline struct brood_io brood_tee(const struct brood_io *branches, size_t n);
extern inline struct brood_io brood_tty(unsigned int rows, unsigned int columns);
