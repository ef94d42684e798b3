/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <cstdio>

int main()
{
	const char *const argv[] = { "uname", "-s", nullptr };
	brood_cmd cmd = BROOD_CMD_INIT;
	cmd.argv = const_cast<char *const *>(argv);
	brood_result result = BROOD_RESULT_INIT;
	brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_output(&cmd, nullptr, &result, &error);
	std::puts(r < 0 ? brood_explain(r, &result, &error, text, sizeof text) : result.out.data);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
