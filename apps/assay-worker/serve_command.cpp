#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "apps/assay-worker/commands.hpp"
#include "gpu_backend/worker/backends.hpp"
#include "gpu_backend/worker/service.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::apps {
namespace {

using backend::Channel;
using backend::Descriptor;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

void limit_memory(const std::string& text) {
  if (text.empty()) return;
  const auto bytes = protocol::parse<protocol::Bytes>(text);
  if (!bytes || bytes->count <= 0) {
    throw std::invalid_argument(
        fmt::format("--memory: found '{}', expected bytes, as in '4 GiB'", protocol::shown(text)));
  }
  const rlimit limit{static_cast<rlim_t>(bytes->count), static_cast<rlim_t>(bytes->count)};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) fail("--memory");
}

/// The standard streams become the channel, and nobody can write into it by printing.
Channel channel_of_streams() {
  Descriptor in(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  Descriptor out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!in || !out || !nothing) fail("standard streams");
  ::dup2(nothing.get(), STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  struct stat facts {};
  const bool socket = ::fstat(in.get(), &facts) == 0 && S_ISSOCK(facts.st_mode);
  return socket ? Channel(std::move(in)) : Channel(std::move(in), std::move(out));
}

int answer_all(Channel channel, const WorkerOptions& options) {
  const auto loaded = backend::load_backend(options.backend, {options.threads});
  backend::Service service(*loaded);
  return backend::serve(channel, service) ? 0 : 1;
}

/// Set by the signal that ends a listening worker.
volatile std::sig_atomic_t asked_to_end = 0;
extern "C" void end_listening(int /*signal*/) { asked_to_end = 1; }

/// A socket's file, which is taken away again.
class SocketFile {
 public:
  explicit SocketFile(std::string path) : path_(std::move(path)) {}
  ~SocketFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  void leave() { path_.clear(); }

 private:
  std::string path_;
};

int listen_on(const std::string& path, const WorkerOptions& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::invalid_argument(
        fmt::format("--socket: found a path of {} characters, expected fewer than {}", path.size(),
                    sizeof address.sun_path));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) fail("socket");
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail(path);
  }
  SocketFile file(path);
  if (::listen(listener.get(), 16) != 0) fail(path);
  struct sigaction ending {};
  ending.sa_handler = end_listening;
  ::sigaction(SIGTERM, &ending, nullptr);
  ::sigaction(SIGINT, &ending, nullptr);
  // They come only while it waits, so that none is lost between a look at `asked_to_end` and the
  // wait.
  sigset_t signals;
  sigset_t before;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  ::signal(SIGCHLD, SIG_IGN);  // nobody waits for the processes
  fmt::print("listening on {}\n", path);
  std::fflush(stdout);
  while (asked_to_end == 0) {
    pollfd wanted{listener.get(), POLLIN, 0};
    if (::ppoll(&wanted, 1, nullptr, &before) < 0) {
      if (errno == EINTR) continue;
      fail(path);
    }
    Descriptor client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      fail(path);
    }
    const pid_t child = ::fork();
    if (child < 0) {  // who asked sees its connection end
      fmt::print(stderr, "assay-worker: fork: {}\n", std::strerror(errno));
      continue;
    }
    if (child == 0) {
      file.leave();  // to the one that listens
      listener = Descriptor();
      ::signal(SIGTERM, SIG_DFL);
      ::signal(SIGINT, SIG_DFL);
      ::sigprocmask(SIG_SETMASK, &before, nullptr);
      return answer_all(Channel(std::move(client)), options);
    }
  }
  return 0;
}

}  // namespace

int serve_requests(const WorkerOptions& options, const ServeOptions& serving) {
  ::signal(SIGPIPE, SIG_IGN);
  limit_memory(serving.memory);
  if (!serving.socket.empty()) return listen_on(serving.socket, options);
  return answer_all(channel_of_streams(), options);
}

}  // namespace assay::apps
