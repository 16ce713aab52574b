#include "sim/digest.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::sim {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST_CASE("the digest is SHA-256", "[sim]") {
  // The examples of FIPS 180-2, appendix B, and the empty message.
  REQUIRE(hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  REQUIRE(hex(sha256(bytes_of("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  REQUIRE(hex(sha256(bytes_of(std::string(1'000'000, 'a')))) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the digest does not depend on the pieces in which it was fed", "[sim]") {
  std::string message(50'000, '\0');
  Draws draws(1, 1, 1);
  for (char& letter : message) letter = static_cast<char>(draws.bits());
  const Hash whole = sha256(bytes_of(message));
  for (const std::size_t piece : {1u, 40u, 63u, 64u, 4095u, 4096u, 4097u, 20'000u}) {
    Digest digest;
    for (std::size_t at = 0; at < message.size(); at += piece) {
      digest.update(bytes_of(std::string_view(message).substr(at, piece)));
    }
    REQUIRE(digest.finish() == whole);
    REQUIRE(digest.finish() == whole);  // asking does not end it
  }
}

TEST_CASE("a digest goes on from a copy and from saved bytes", "[sim]") {
  const std::string message(10'000, 'x');
  const Hash whole = sha256(bytes_of(message));
  for (const std::size_t cut : {0u, 1u, 64u, 4095u, 4096u, 4097u, 8192u, 9999u}) {
    Digest first;
    first.update(bytes_of(std::string_view(message).substr(0, cut)));
    ByteWriter writer;
    first.save(writer);
    const auto saved = writer.take();
    ByteReader reader(saved);
    Digest second = Digest::load(reader);
    REQUIRE(reader.at_end());
    Digest copy = first;
    second.update(bytes_of(std::string_view(message).substr(cut)));
    copy.update(bytes_of(std::string_view(message).substr(cut)));
    REQUIRE(second.finish() == whole);
    REQUIRE(copy.finish() == whole);
  }
}

TEST_CASE("a file's hash is that of its content", "[sim]") {
  const auto path = std::filesystem::temp_directory_path() / "assay_digest_test.bin";
  const std::string content(200'001, 'y');
  std::ofstream(path, std::ios::binary) << content;
  REQUIRE(sha256_file(path) == sha256(bytes_of(content)));
  std::filesystem::remove(path);
  REQUIRE_THROWS_AS(sha256_file(path), std::runtime_error);
}

TEST_CASE("bytes come back as they were written", "[sim]") {
  struct Row {
    std::uint32_t a;
    std::uint32_t b;
  };
  ByteWriter writer;
  writer.put(std::int64_t{-5});
  writer.put(true);
  writer.put(SimTime{SimDuration{17}});
  writer.put_rows(std::vector<Row>{{1, 2}, {3, 4}});
  writer.put_rows(std::vector<Row>{});
  const auto bytes = writer.take();
  REQUIRE(writer.size() == 0);
  // The layout is fixed: eight bytes little endian, one, eight, a count and two rows, and so on.
  REQUIRE(bytes.size() == 8 + 1 + 8 + 8 + 16 + 8);
  REQUIRE(bytes[0] == std::byte{0xfb});
  ByteReader reader(bytes);
  REQUIRE(reader.get<std::int64_t>() == -5);
  REQUIRE(reader.get<bool>());
  REQUIRE(reader.get<SimTime>() == SimTime{SimDuration{17}});
  const auto rows = reader.get_rows<Row>();
  REQUIRE(rows.size() == 2);
  REQUIRE(rows[1].b == 4);
  REQUIRE(reader.get_rows<Row>().empty());
  REQUIRE(reader.at_end());
  REQUIRE_THROWS_AS(reader.get<std::uint8_t>(), CorruptBytes);
}

TEST_CASE("a length beyond the end is refused before anything is allocated", "[sim]") {
  for (const std::uint64_t count : {std::uint64_t{2}, ~std::uint64_t{0}, std::uint64_t{1} << 61}) {
    ByteWriter writer;
    writer.put(count);
    writer.put(std::uint64_t{1});
    const auto bytes = writer.take();
    ByteReader rows(bytes);
    REQUIRE_THROWS_AS(rows.get_rows<std::uint64_t>(), CorruptBytes);
  }
  const std::vector<std::byte> two{std::byte{2}};
  ByteReader neither(two);
  REQUIRE_THROWS_AS(neither.get<bool>(), CorruptBytes);
}

}  // namespace
}  // namespace assay::sim
