// SPDX-License-Identifier: MIT
// C++17: plain assignment, a lambda as a sink, a deleter for the job.
#include <brood/brood.h>

#include <memory>
#include <string>

namespace
{
struct job_free {
	void operator()(brood_job *job) const
	{
		brood_job_free(job);
	}
};

int collect()
{
	char *const argv[] = { const_cast<char *>("sh"), const_cast<char *>("-c"),
		const_cast<char *>("cat; echo more >&2"), nullptr };
	std::string out;
	brood_cmd cmd = BROOD_CMD_INIT;
	brood_options options = BROOD_OPTIONS_INIT;
	brood_result result = BROOD_RESULT_INIT;
	brood_error error = BROOD_ERROR_INIT;

	cmd.argv = argv;
	cmd.in = brood_text("text\n");
	cmd.out = brood_sink(
		[](void *data, const char *chunk, size_t length) {
			static_cast<std::string *>(data)->append(chunk, length);
			return 0;
		},
		&out);
	cmd.err = brood_merge();
	options.timeout = 10 * BROOD_SECOND;
	int r = brood_run(&cmd, &options, &result, &error);
	bool fine = r == 0 && brood_status_is_success(&result.stages[0]);
	brood_result_done(&result);
	return fine && out == "text\nmore\n" ? 0 : 1;
}

int start_and_stop()
{
	char *const argv[] = { const_cast<char *>("cat"), nullptr };
	brood_cmd cmd = BROOD_CMD_INIT;
	brood_job *started = nullptr;

	cmd.argv = argv;
	cmd.in = brood_pipe();
	cmd.out = brood_null();
	if (brood_start(&started, &cmd, 1, nullptr, nullptr) != 0)
		return 1;
	std::unique_ptr<brood_job, job_free> job(started);
	if (brood_job_pid(job.get()) <= 0 || brood_job_stop(job.get()) != 0)
		return 2;
	return brood_job_wait(job.get(), BROOD_FOREVER, nullptr, nullptr) == BROOD_ECANCELED ? 0
											     : 3;
}
} // namespace

int main()
{
	return collect() == 0 && start_and_stop() == 0 ? 0 : 1;
}
