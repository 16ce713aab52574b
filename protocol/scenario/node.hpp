#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/scenario/error.hpp"

namespace assay::protocol {

/// Where something was written. Every value keeps its own, so that a complaint about an included
/// file or a `--set` names that.
struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};
[[nodiscard]] Complaint complaint_at(const Place& place, std::string text);

/// What a YAML document says, before anybody knows what it should say: words, maps with unique
/// keys, lists; no aliases, no tags.
struct Node {
  enum class Kind : std::uint8_t {
    Nothing,  ///< a key without a value, `~`, `null`
    Word,
    Map,
    List,
    Refused,  ///< already complained about
  };
  struct Entry;

  Kind kind = Kind::Nothing;
  Place place;
  /// The word. For a map: the word over which it was laid, so that `verification: spot-check` in
  /// one file and `--set verification.rate=5%` after it are one choice.
  std::string word;
  bool quoted = false;
  std::vector<Entry> entries;
  std::vector<Node> items;

  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] Entry* find(std::string_view key);
  /// "a map", "a list", "nothing", or the word itself.
  [[nodiscard]] std::string seen() const;
};

struct Node::Entry {
  std::string key;
  Place place;
  Node value;
};

/// Lays `over` on `base`: the later one wins, key by key. Maps merge, everything else is replaced;
/// a map that names another `kind` replaces the choice with all its parameters.
void lay_over(Node& base, Node over);

/// A value that is laid over a scenario: by `--set`, by a study, or by an axis of a sweep.
struct Overlay {
  std::string key;  ///< `verification.rate`, `actors.lazy.count`: entries of a list by their `name`
  Place place;      ///< of the key
  Node value;
};

/// Reads `path.to.key=value`, the value being YAML; nothing where it cannot be understood.
/// Complaints name `option` and the column in its text.
[[nodiscard]] std::optional<Overlay> parse_overlay(std::string_view option, const std::string& text,
                                                   Complaints& complaints);

/// Lays a value on `root`. What is wrong with the key is complained about at its place.
void lay(Node& root, Overlay overlay, Complaints& complaints);

/// Both for an argument of `--set`.
void apply_set(Node& root, const std::string& text, Complaints& complaints);

}  // namespace assay::protocol
