#include "gpu_backend/worker/channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gpu_backend/worker/tensors.hpp"
#include "gpu_backend/worker/wire.hpp"
#include "tests/catch.hpp"

using namespace assay::backend;

namespace {

struct Ends {
  Descriptor mine;
  Descriptor theirs;
};

Ends socket_pair() {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Ends pipe_pair() {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// 20 bytes: magic, version, kind, request, length, tensors.
std::string header(std::uint32_t length, std::uint16_t version = kProtocolVersion, char magic = 'A',
                   char tensors = 0) {
  std::string bytes(1, magic);
  bytes += "SSY";
  bytes += encode(std::vector<std::uint16_t>{version, 7}).substr(4);
  bytes += encode(std::vector<std::uint32_t>{1, length}).substr(4);
  return bytes + std::string{tensors, 0, 0, 0};
}

/// What a channel makes of these bytes, after which the other side ends.
std::optional<Frame> received(const std::string& bytes) {
  Ends ends = socket_pair();
  Channel channel(std::move(ends.mine));
  REQUIRE(::write(ends.theirs.get(), bytes.data(), bytes.size()) ==
          static_cast<ssize_t>(bytes.size()));
  ends.theirs.reset();
  return channel.receive(deadline_in(std::chrono::seconds(20)));
}

Frame frame_with(std::string payload) {
  Frame frame;
  frame.kind = 3;
  frame.request = 9;
  frame.payload = std::move(payload);
  return frame;
}

}  // namespace

TEST_CASE("a frame arrives as it was sent, also a large one in pieces", "[gpu_backend]") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{kMaxPayload}}) {
    Ends ends = socket_pair();
    Channel sender(std::move(ends.mine));
    Channel receiver(std::move(ends.theirs));
    const std::string payload(size, 'x');
    std::thread sending([&] { sender.send(frame_with(payload), {}); });
    const auto frame = receiver.receive(deadline_in(std::chrono::seconds(60)));
    sending.join();
    REQUIRE(frame);
    CHECK(frame->kind == 3);
    CHECK(frame->request == 9);
    CHECK(frame->payload == payload);
    CHECK(!frame->tensors);
  }
}

TEST_CASE("what is no frame is refused before it is read", "[gpu_backend]") {
  CHECK(received("") == std::nullopt);
  CHECK(received(header(3) + "abc")->payload == "abc");
  CHECK_THROWS_WITH(received(header(3, kProtocolVersion, 'B') + "abc"),
                    ContainsSubstring("open no message"));
  CHECK_THROWS_WITH(received(header(3, kProtocolVersion + 1) + "abc"),
                    ContainsSubstring("found version 4 of the worker's protocol, expected 3"));
  CHECK_THROWS_WITH(received(header(kMaxPayload + 1)), ContainsSubstring("at most"));
  CHECK_THROWS_WITH(received(header(0xFFFFFFFFu)), ContainsSubstring("at most"));
  CHECK_THROWS_AS(received(header(3).substr(0, 19)), ChannelClosed);
  CHECK_THROWS_AS(received(header(3) + "ab"), ChannelClosed);
  CHECK_THROWS_WITH(received(header(3, kProtocolVersion, 'A', 1) + "abc"),
                    ContainsSubstring("did not come"));
  Ends ends = socket_pair();
  Channel channel(std::move(ends.mine));
  CHECK_THROWS_AS(channel.send(frame_with(std::string(kMaxPayload + 1, 'x')), {}), WireError);
}

TEST_CASE("a deadline ends waiting in both directions", "[gpu_backend]") {
  Ends ends = socket_pair();
  Channel channel(std::move(ends.mine));
  CHECK_THROWS_AS(channel.receive(deadline_in(std::chrono::milliseconds(20))), ChannelTimeout);
  // Nobody reads: the socket's buffer fills up.
  CHECK_THROWS_AS(channel.send(frame_with(std::string(kMaxPayload, 'x')),
                               deadline_in(std::chrono::milliseconds(20))),
                  ChannelTimeout);
}

TEST_CASE("tensors come along as shared memory that cannot change", "[gpu_backend]") {
  Ends ends = socket_pair();
  Channel sender(std::move(ends.mine));
  Channel receiver(std::move(ends.theirs));
  const std::vector<float> first{1.0f, 2.0f, 3.0f};
  const std::vector<float> second{4.0f};
  const std::vector<std::span<const float>> tensors{first, second};
  Frame sent = frame_with("two tensors");
  sent.tensors = share_tensors(tensors);
  sender.send(sent, {});
  const auto frame = receiver.receive(deadline_in(std::chrono::seconds(20)));
  REQUIRE(frame);
  REQUIRE(frame->tensors);
  const std::vector<std::uint64_t> sizes{3, 1};
  const SharedTensors shared(frame->tensors, sizes);
  REQUIRE(shared.tensors().size() == 2);
  CHECK(std::equal(first.begin(), first.end(), shared.tensors()[0].begin()));
  CHECK(shared.tensors()[1][0] == 4.0f);
  // Whoever sent it cannot take it away under the reader.
  CHECK(::ftruncate(sent.tensors.get(), 0) != 0);

  const std::vector<std::uint64_t> more{3, 2};
  CHECK_THROWS_AS(SharedTensors(frame->tensors, more), WireError);
  const std::vector<std::uint64_t> none;
  CHECK_THROWS_AS(SharedTensors(frame->tensors, none), WireError);
  // Sizes whose sum would overflow.
  const std::vector<std::uint64_t> huge{~std::uint64_t{0}, 5};
  CHECK_THROWS_AS(SharedTensors(frame->tensors, huge), WireError);

  const Descriptor open_file(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(open_file.get(), 16) == 0);
  CHECK_THROWS_WITH(SharedTensors(open_file, sizes), ContainsSubstring("can still change"));
}

TEST_CASE("pipes carry messages, and say that they carry no tensors", "[gpu_backend]") {
  Ends there = pipe_pair();
  Ends back = pipe_pair();
  Channel client(std::move(back.mine), std::move(there.theirs));
  Channel server(std::move(there.mine), std::move(back.theirs));
  client.send(frame_with("hello"), {});
  CHECK(server.receive(deadline_in(std::chrono::seconds(20)))->payload == "hello");
  const std::vector<float> values{1.0f};
  const std::vector<std::span<const float>> tensors{values};
  Frame frame = frame_with("tensors");
  frame.tensors = share_tensors(tensors);
  CHECK_THROWS_WITH(client.send(frame, {}), ContainsSubstring("pipes"));
}
