#include "gpu_backend/worker/channel.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "gpu_backend/worker/wire.hpp"

namespace assay::backend {
namespace {

constexpr std::uint32_t kMagic = 0x59535341;  // "ASSY"

struct Header {
  std::uint32_t magic = kMagic;
  std::uint16_t version = kProtocolVersion;
  std::uint16_t kind = 0;
  std::uint32_t request = 0;
  std::uint32_t length = 0;
  std::uint32_t tensors = 0;  // 0 or 1
};
constexpr std::size_t kHeaderBytes = 20;

void become_nonblocking(int file) {
  const int flags = ::fcntl(file, F_GETFL);
  if (flags < 0 || ::fcntl(file, F_SETFL, flags | O_NONBLOCK) != 0) {
    throw ChannelClosed(std::strerror(errno));
  }
}

/// Until something can be read or written, or the deadline.
void wait_for(int file, short events, const Deadline& deadline) {
  while (true) {
    int timeout_ms = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) throw ChannelTimeout("no answer in time");
      timeout_ms = static_cast<int>(std::min<std::int64_t>(left.count(), 1 << 30));
    }
    pollfd wanted{file, events, 0};
    const int ready = ::poll(&wanted, 1, timeout_ms);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw ChannelClosed(std::strerror(errno));
  }
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

/// The files that came with a message: the last is kept, any other closed.
void take_files(msghdr& message, Descriptor& kept) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int file = -1;
      std::memcpy(&file, CMSG_DATA(part) + i * sizeof(int), sizeof file);
      kept = Descriptor(file);
    }
  }
}

}  // namespace

template <>
struct Wire<Header> {
  static auto fields(auto& h) {
    return std::tie(h.magic, h.version, h.kind, h.request, h.length, h.tensors);
  }
};

Deadline deadline_in(std::chrono::duration<double> span) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(span);
}

Descriptor connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::runtime_error(fmt::format("{}: too long for the path of a socket", path));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw std::runtime_error(fmt::format("a socket: {}", std::strerror(errno)));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(fmt::format("{}: no connection: {}", path, std::strerror(errno)));
  }
  return socket;
}

Channel::Channel(Descriptor socket) : in_(std::move(socket)) { become_nonblocking(in_.get()); }

Channel::Channel(Descriptor in, Descriptor out) : in_(std::move(in)), out_(std::move(out)) {
  become_nonblocking(in_.get());
  become_nonblocking(out_.get());
}

void Channel::send(const Frame& frame, const Deadline& deadline) {
  if (frame.payload.size() > kMaxPayload) {
    throw WireError(fmt::format("a message of {} bytes is too long, at most {} are allowed",
                                frame.payload.size(), kMaxPayload));
  }
  if (out_ && frame.tensors) throw WireError("tensors need a Unix socket, these are pipes");
  Header header;
  header.kind = frame.kind;
  header.request = frame.request;
  header.length = static_cast<std::uint32_t>(frame.payload.size());
  header.tensors = frame.tensors ? 1 : 0;
  const std::string bytes = encode(header) + frame.payload;

  std::size_t sent = 0;
  while (sent < bytes.size()) {
    ssize_t count = 0;
    if (out_) {
      count = ::write(out_.get(), bytes.data() + sent, bytes.size() - sent);
    } else {
      iovec piece{const_cast<char*>(bytes.data()) + sent, bytes.size() - sent};
      msghdr message{};
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
      if (sent == 0 && frame.tensors) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        const int file = frame.tensors.get();
        std::memcpy(CMSG_DATA(part), &file, sizeof file);
      }
      count = ::sendmsg(in_.get(), &message, MSG_NOSIGNAL);
    }
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
    } else if (count < 0 && would_block()) {
      wait_for(out_ ? out_.get() : in_.get(), POLLOUT, deadline);
    } else {
      throw ChannelClosed(fmt::format("the other side is gone ({})", std::strerror(errno)));
    }
  }
}

std::size_t Channel::read_some(char* to, std::size_t most, Descriptor& tensors,
                               const Deadline& deadline) {
  while (true) {
    ssize_t count = 0;
    if (out_) {
      count = ::read(in_.get(), to, most);
    } else {
      iovec piece{to, most};
      msghdr message{};
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> control{};
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      count = ::recvmsg(in_.get(), &message, MSG_CMSG_CLOEXEC);
      if (count >= 0) take_files(message, tensors);
    }
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == ECONNRESET) return 0;
    if (!would_block()) throw ChannelClosed(std::strerror(errno));
    wait_for(in_.get(), POLLIN, deadline);
  }
}

std::optional<Frame> Channel::receive(const Deadline& deadline) {
  Frame frame;
  std::array<char, kHeaderBytes> head{};
  for (std::size_t have = 0; have < head.size();) {
    const std::size_t got =
        read_some(head.data() + have, head.size() - have, frame.tensors, deadline);
    if (got == 0 && have == 0) return std::nullopt;
    if (got == 0) throw ChannelClosed("the other side ended in the middle of a message");
    have += got;
  }
  const auto header = decode<Header>(std::string_view(head.data(), head.size()));
  if (header.magic != kMagic) throw WireError("found bytes that open no message");
  if (header.version != kProtocolVersion) {
    throw WireError(fmt::format("found version {} of the worker's protocol, expected {}",
                                header.version, kProtocolVersion));
  }
  if (header.length > kMaxPayload) {
    throw WireError(fmt::format("found a message of {} bytes, expected at most {}", header.length,
                                kMaxPayload));
  }
  if (header.tensors > 1 || (header.tensors == 1) != static_cast<bool>(frame.tensors)) {
    throw WireError("found a message whose tensors did not come with it, or came unannounced");
  }
  frame.kind = header.kind;
  frame.request = header.request;
  // In pieces, so that memory follows what has arrived rather than what was promised.
  Descriptor stray;
  while (frame.payload.size() < header.length) {
    const std::size_t have = frame.payload.size();
    const std::size_t want = std::min<std::size_t>(header.length - have, 1u << 16);
    frame.payload.resize(have + want);
    const std::size_t got = read_some(frame.payload.data() + have, want, stray, deadline);
    if (got == 0) throw ChannelClosed("the other side ended in the middle of a message");
    frame.payload.resize(have + got);
  }
  if (stray) throw WireError("found tensors in the middle of a message");
  return frame;
}

}  // namespace assay::backend
