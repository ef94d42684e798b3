/* SPDX-License-Identifier: MIT */
/* brood-filter: brood filter where libraries can be loaded. */
#include "common/standard_fds.h"
#include "filter/filter.h"
#include "filter/helper_become.h"

void helper_become(int argc, char **argv)
{
	(void)argc;
	(void)argv;
}

int main(int argc, char **argv)
{
	standard_fds_occupy();
	return filter_subcommand.main(argc, argv);
}
