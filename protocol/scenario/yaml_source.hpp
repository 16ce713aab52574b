#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/scenario/node.hpp"

namespace assay::protocol {

// YAML as scenarios use it: one document of maps, lists and words, at most 1 MiB of UTF-8, at most
// 64 levels deep. Anchors, aliases, tags and merge keys are refused: what is written is what is
// meant, and a small file cannot stand for a huge one.

/// Where a text stands that is no file of its own.
struct Offset {
  bool one_line = false;  ///< places have columns only
  int columns = 0;        ///< before the text's first character
};

/// The document in `text`, whose places name `source`; none where it cannot be understood. Every
/// repeated key, alias, anchor and tag is complained about; after a syntax error, a second document
/// or too deep a nesting nothing more is read.
[[nodiscard]] std::optional<Node> parse_yaml(std::string_view text,
                                             std::shared_ptr<const std::string> source,
                                             Offset offset, Complaints& complaints);

/// The bytes of a file that may be a scenario. Throws ConfigError for what is no file, is empty,
/// too large, unreadable, not UTF-8, or has control characters.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

/// A scenario file with the files that its `include:` names laid under it, and all files that were
/// read. Throws ConfigError where a file cannot be read or understood.
struct Source {
  Node root;
  std::vector<std::filesystem::path> files;
};
[[nodiscard]] Source read_yaml(const std::filesystem::path& path, Complaints& complaints);

}  // namespace assay::protocol
