#include "gpu_backend/worker/process.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace assay::backend {

Process::Process(const std::vector<std::string>& command) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::runtime_error(fmt::format("no socket for a worker: {}", std::strerror(errno)));
  }
  socket_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);

  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, theirs.get(), STDOUT_FILENO);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  const int failed =
      ::posix_spawnp(&id_, arguments.front(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    ended_ = true;
    throw std::runtime_error(
        fmt::format("{}: cannot be started: {}", command.front(), std::strerror(failed)));
  }
}

Process::~Process() {
  if (ended_) return;
  ::kill(id_, SIGKILL);
  reap();
}

void Process::reap() {
  while (::waitpid(id_, &status_, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
}

std::string Process::end() {
  // Between the end of its output and its own end lies a moment.
  for (int look = 0; look < 50 && !ended_; ++look) {
    ended_ = ::waitpid(id_, &status_, WNOHANG) == id_;
    if (!ended_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (!ended_) {
    ::kill(id_, SIGKILL);
    reap();
    return "it was still running and was killed";
  }
  if (WIFSIGNALED(status_)) {
    return fmt::format("it was killed by signal {} ({})", WTERMSIG(status_),
                       ::strsignal(WTERMSIG(status_)));
  }
  return fmt::format("it ended with code {}", WEXITSTATUS(status_));
}

}  // namespace assay::backend
