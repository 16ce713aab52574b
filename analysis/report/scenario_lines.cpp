#include "analysis/report/scenario_lines.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "protocol/scenario/outline.hpp"
#include "protocol/scenario/printer.hpp"
#include "protocol/scenario/scenario.hpp"

namespace assay::analysis {
namespace {

using protocol::KeyDoc;

/// A line as the printer writes it: two spaces a level, an entry of a list two levels below its
/// key.
struct Line {
  std::size_t level = 0;
  std::string key;
  std::string value;  ///< empty where deeper lines belong to the key
};

Line parsed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" -");
  const std::size_t colon = text.find(':', begin);
  if (begin == std::string_view::npos || colon == std::string_view::npos) return {};
  Line line{begin / 2, std::string(text.substr(begin, colon - begin)), ""};
  if (colon + 2 < text.size()) line.value = text.substr(colon + 2);
  return line;
}

/// A key that lines further in stand below.
struct Above {
  std::size_t level;
  std::string path;
  std::string kind;        ///< that was chosen here, if something was
  std::size_t line = 0;    ///< where it stands
  std::string parts = {};  ///< of a mix, as a default writes it
  bool is_mix = false;     ///< its lines are names with shares, not keys
};

class Marker {
 public:
  [[nodiscard]] std::vector<ScenarioLine> take() {
    leave(0);
    return std::move(lines_);
  }

  void add(std::string_view text) {
    lines_.push_back({std::string(text), ""});
    const Line line = parsed(text);
    if (line.key.empty()) return;
    leave(line.level);
    if (!above_.empty() && above_.back().is_mix) {
      std::string& parts = above_.back().parts;
      parts += (parts.empty() ? "" : ", ") + line.key + ": " + line.value;
      return;
    }
    const std::string path = path_of(line);
    if (line.value.empty()) {
      const KeyDoc* key = find(path);
      const bool mix = key != nullptr && key->type.find("sum to 100 %") != std::string::npos;
      above_.push_back({line.level, path, "", lines_.size() - 1, "", mix});
    } else if (line.key == "kind" && is_choice(above_)) {
      above_.back().kind = line.value;
      compare(above_.back().path, line.value);
    } else {
      compare(path, line.value);
    }
  }

 private:
  static const std::vector<KeyDoc>& keys() {
    static const std::vector<KeyDoc> all = protocol::outline(protocol::Scenario{});
    return all;
  }

  /// Closes what no further line belongs to.
  void leave(std::size_t level) {
    while (!above_.empty() && above_.back().level >= level) {
      const Above done = std::move(above_.back());
      above_.pop_back();
      if (!done.is_mix) continue;
      const KeyDoc* key = find(done.path);
      if (key != nullptr && !key->required && key->fallback != done.parts) {
        lines_[done.line].default_text = key->fallback.empty() ? "none" : key->fallback;
      }
    }
  }

  [[nodiscard]] std::string path_of(const Line& line) const {
    if (above_.empty()) return line.key;
    const bool entry = line.level == above_.back().level + 2;
    return above_.back().path + (entry ? "[]." : ".") + line.key;
  }

  /// The key of a path: a parameter of what was chosen above it, or one outside of any choice.
  [[nodiscard]] const KeyDoc* find(const std::string& path) const {
    const auto chosen = std::find_if(above_.rbegin(), above_.rend(),
                                     [](const Above& one) { return !one.kind.empty(); });
    const std::string kind = chosen == above_.rend() ? "" : chosen->kind;
    const auto found = std::find_if(keys().begin(), keys().end(), [&](const KeyDoc& key) {
      return key.path == path && (key.kind.empty() || key.kind == kind);
    });
    return found == keys().end() ? nullptr : &*found;
  }

  [[nodiscard]] bool is_choice(const std::vector<Above>& above) const {
    if (above.empty()) return false;
    const KeyDoc* key = find(above.back().path);
    return key != nullptr && !key->family.empty();
  }

  /// Marks the line just added where its key has another default.
  void compare(const std::string& path, const std::string& value) {
    const KeyDoc* key = find(path);
    if (key == nullptr || key->required) return;
    if (value == key->fallback || value == protocol::yaml_word(key->fallback)) return;
    lines_.back().default_text = key->fallback.empty() ? "none" : key->fallback;
  }

  std::vector<ScenarioLine> lines_;
  std::vector<Above> above_;
};

}  // namespace

std::vector<ScenarioLine> scenario_lines(std::string_view effective_yaml) {
  Marker marker;
  for (std::size_t at = 0; at < effective_yaml.size();) {
    const std::size_t end = std::min(effective_yaml.find('\n', at), effective_yaml.size());
    marker.add(effective_yaml.substr(at, end - at));
    at = end + 1;
  }
  return marker.take();
}

}  // namespace assay::analysis
