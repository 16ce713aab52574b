#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/fields.hpp"
#include "protocol/scenario/node.hpp"

namespace assay::protocol {

/// What reading has learnt besides the values.
struct Reading {
  /// Files named by a `--set` are relative to it; those named in a file to that file's folder.
  std::filesystem::path folder;
  /// Where each key that was written stands: `verification.rate`, `actors.lazy.count`,
  /// `workloads[2].share`; the place of its value.
  std::map<std::string, Place> places;
  std::vector<std::filesystem::path> files;  ///< that the values name
  Complaints complaints;

  /// Complains about `key` where it, or what contains it, was written.
  void complain(const std::string& key, const std::string& text);
};

/// Reads a map into a struct through its `describe`. Everything wrong is complained about at once:
/// keys that are unknown or missing, values of a wrong type or unit or out of range, kinds and
/// words that do not exist, files that are not there; with what is allowed and the nearest valid
/// name. A key named `name` holds lower-case letters, digits and hyphens, and is unique in its
/// list.
void read_map(const Node& root, const std::function<void(Fields&)>& describe, Reading& reading);

/// The same for a struct that has `describe`.
template <class S>
void read(const Node& root, S& value, Reading& reading) {
  read_map(
      root, [&value](Fields& field) { value.describe(field); }, reading);
}

}  // namespace assay::protocol
