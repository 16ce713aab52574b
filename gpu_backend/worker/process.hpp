#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "gpu_backend/worker/descriptor.hpp"

namespace assay::backend {

/// A child process whose standard input and output are one Unix socket. It is in a process group
/// of its own, so that an interrupt at the terminal reaches the simulator alone; it sees the end of
/// its input when the simulator ends, however that happens.
class Process {
 public:
  /// `command`: the program and its arguments. Throws std::runtime_error where it cannot start.
  explicit Process(const std::vector<std::string>& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills it if it is still there, and waits for its end.
  ~Process();

  /// The simulator's end of the socket; can be taken once.
  [[nodiscard]] Descriptor take_socket() { return std::move(socket_); }
  [[nodiscard]] pid_t id() const { return id_; }
  /// Waits a moment for the end of a process that closed its socket, kills it where it does not
  /// come, and says how it ended: "it ended with code 3", "it was killed by signal 9 (Killed)".
  [[nodiscard]] std::string end();

 private:
  void reap();
  pid_t id_ = -1;
  int status_ = 0;
  bool ended_ = false;
  Descriptor socket_;
};

}  // namespace assay::backend
