#include "protocol/execution/profile_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <utility>

#include "protocol/execution/step_time.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"
#include "sim/digest.hpp"

namespace assay::protocol {
namespace {

using Json = nlohmann::json;

constexpr std::uintmax_t kLargestFile = 4 * 1024 * 1024;
constexpr int kDeepest = 16;
constexpr std::size_t kMostComplaints = 50;

std::string contents(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw ConfigError(Complaint{path, 0, 0, "found no such file, expected a calibration file"});
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(std::min(std::filesystem::file_size(path, error), kLargestFile + 1), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file) throw ConfigError(Complaint{path, 0, 0, "the file cannot be read"});
  if (text.size() > kLargestFile) {
    throw ConfigError(Complaint{path, 0, 0, "found over 4 MiB, expected a smaller file"});
  }
  return text;
}

/// The parsed file. The library takes the last of two equal keys: here they are an error.
Json parsed(const std::string& path, const std::string& text) {
  std::vector<std::set<std::string>> open;
  const auto complain = [&](const std::string& what) {
    throw ConfigError(Complaint{path, 0, 0, what});
  };
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kDeepest) complain(fmt::format("found over {} levels of nesting", kDeepest));
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second) {
      complain(fmt::format("found key '{}' twice in one object, expected it once",
                           shown(value.get<std::string>())));
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
    const auto line = 1 + std::count(text.begin(), end, '\n');
    throw ConfigError(Complaint{path, static_cast<int>(line), 0, "found no valid JSON here"});
  } catch (const Json::exception&) {
    throw ConfigError(
        Complaint{path, 0, 0, "found a number that does not fit, expected a finite one"});
  }
}

/// Walks the file, checks each value where it is read, and gathers what is wrong.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  void fail(const std::string& where, const std::string& what) {
    if (complaints_.size() < kMostComplaints) {
      complaints_.push_back(Complaint{path_, 0, 0, fmt::format("{}: {}", where, what)});
    }
  }
  void finish() {
    if (!complaints_.empty()) throw ConfigError(std::move(complaints_));
  }

 private:
  std::string path_;
  std::vector<Complaint> complaints_;
};

std::string found(const Json& value) { return shown(value.dump()); }

/// One JSON object: every key of it must be read, and `done` complains about the others.
class Object {
 public:
  Object(Reader& reader, const Json* json, std::string where)
      : reader_(&reader), json_(json), where_(std::move(where)) {
    if (json_ != nullptr && !json_->is_object()) {
      reader_->fail(name(), fmt::format("found {}, expected an object", found(*json_)));
      json_ = nullptr;
    }
  }

  [[nodiscard]] std::string at(std::string_view key) const {
    return where_.empty() ? std::string(key) : fmt::format("{}.{}", where_, key);
  }

  std::string text(const char* key) {
    const Json* value = member(key);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
      reader_->fail(at(key), fmt::format("found {}, expected a text", found(*value)));
      return {};
    }
    return value->get<std::string>();
  }

  double number(const char* key, double low, double high) {
    const Json* value = member(key);
    if (value == nullptr) return low;
    if (!value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high)) {
      reader_->fail(at(key), fmt::format("found {}, expected a number from {:g} to {:g}",
                                         found(*value), low, high));
      return low;
    }
    return value->get<double>();
  }

  bool boolean(const char* key) {
    const Json* value = member(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) {
      reader_->fail(at(key), fmt::format("found {}, expected true or false", found(*value)));
      return false;
    }
    return value->get<bool>();
  }

  /// Whether the key is there and null: nobody knows.
  bool is_null(const char* key) {
    if (json_ == nullptr || !json_->contains(key) || !(*json_)[key].is_null()) return false;
    known_.emplace_back(key);
    return true;
  }

  std::uint64_t whole(const char* key, double low, double high) {
    const double value = number(key, low, high);
    if (value != std::floor(value)) {
      reader_->fail(at(key), fmt::format("found {:g}, expected a whole number", value));
    }
    return static_cast<std::uint64_t>(value);
  }

  Object object(const char* key) { return {*reader_, member(key), at(key)}; }

  std::vector<Object> list(const char* key) {
    const Json* value = member(key);
    std::vector<Object> entries;
    if (value == nullptr) return entries;
    if (!value->is_array() || value->empty()) {
      reader_->fail(at(key),
                    fmt::format("found {}, expected a list that is not empty", found(*value)));
      return entries;
    }
    for (std::size_t i = 0; i < value->size(); ++i) {
      entries.emplace_back(*reader_, &(*value)[i], fmt::format("{}[{}]", at(key), i));
    }
    return entries;
  }

  void done() const {
    if (json_ == nullptr) return;
    for (const auto& entry : json_->items()) {
      if (std::find(known_.begin(), known_.end(), entry.key()) != known_.end()) continue;
      reader_->fail(at(shown(entry.key())),
                    fmt::format("found an unknown key, expected {}{}", either(known_),
                                did_you_mean(entry.key(), known_)));
    }
  }

  void fail(std::string_view key, const std::string& what) const { reader_->fail(at(key), what); }

 private:
  [[nodiscard]] std::string name() const { return where_.empty() ? "the file" : where_; }

  const Json* member(const char* key) {
    known_.emplace_back(key);
    if (json_ == nullptr) return nullptr;
    const auto value = json_->find(key);
    if (value != json_->end()) return &*value;
    reader_->fail(name(), fmt::format("found no key '{}'", key));
    return nullptr;
  }

  Reader* reader_;
  const Json* json_;  // null: already complained about
  std::string where_;
  std::vector<std::string> known_;
};

ProfileFile::Origin read_origin(Object& of) {
  static const std::vector<std::string> kKinds{"measured", "published", "analytic", "chosen"};
  ProfileFile::Origin origin;
  origin.kind = of.text("kind");
  origin.source = of.text("source");
  if (!origin.kind.empty() &&
      std::find(kKinds.begin(), kKinds.end(), origin.kind) == kKinds.end()) {
    of.fail("kind", fmt::format("found '{}', expected {}{}", shown(origin.kind), either(kKinds),
                                did_you_mean(origin.kind, kKinds)));
  }
  return origin;
}

ProfileFile::Made read_made(Object made) {
  const ProfileFile::Made read{made.text("date"), made.text("command"), made.text("machine"),
                               made.text("software"), made.text("conditions")};
  made.done();
  return read;
}

ProfileFile::Model read_model(Object& row) {
  ProfileFile::Model model;
  model.name = row.text("name");
  model.parameters = row.number("parameters", 1.0, 1e14);
  model.unit = row.text("unit");
  model.units_per_step = row.number("units_per_step", 1.0, 1e12);
  model.operators = row.whole("operators", 1.0, 1e9);
  model.largest_operator_flops = row.number("largest_operator_flops", 0.0, 1e18);
  model.origin = read_origin(row);
  row.done();
  return model;
}

ProfileFile::Band read_band(Object& band) {
  return {band.number("low", 0.01, 1.0), band.number("high", 1.0, 100.0)};
}

std::string read_precision(Object& row) {
  std::string precision = row.text("precision");
  if (!precision.empty() && !products_of(precision)) {
    const std::vector<std::string> known(kPrecisions.begin(), kPrecisions.end());
    row.fail("precision", fmt::format("found '{}', expected {}{}", shown(precision), either(known),
                                      did_you_mean(precision, known)));
  }
  return precision;
}

ProfileFile::Step read_step(Object& row) {
  ProfileFile::Step step;
  step.model = row.text("model");
  step.device = row.text("device");
  step.backend = row.text("backend");
  step.bitwise = row.boolean("bitwise");
  step.precision = read_precision(row);
  step.units_per_s = row.number("units_per_s", 1e-9, 1e15);
  step.spread = read_band(row);
  step.matrix_share = row.number("matrix_share", 0.0, 1.0);
  step.memory_share = row.number("memory_share", 0.0, 1.0);
  step.overhead_share = row.number("overhead_share", 0.0, 1.0);
  if (!row.is_null("watts")) step.watts = row.number("watts", 1e-3, 1e6);
  step.figure = row.text("figure");
  step.origin = read_origin(row);
  const double sum = step.matrix_share + step.memory_share + step.overhead_share;
  if (!(std::abs(sum - 1.0) <= 1e-9)) {
    row.fail("matrix_share", fmt::format("found three shares that sum to {:g}, expected 1", sum));
  }
  row.done();
  return step;
}

/// The keys of a distance among those of `row`.
ProfileFile::Distance read_distance(Object& row, double least) {
  ProfileFile::Distance distance;
  distance.median_share_of_movement = row.number("median_share_of_movement", least, 1e6);
  distance.spread = row.number("spread", 0.0, 10.0);
  if (!row.is_null("held_out")) {
    Object held_out = row.object("held_out");
    HeldOut read;
    read.of = held_out.whole("of", 1.0, 1e9);
    read.rejected = held_out.whole("rejected", 0.0, static_cast<double>(read.of));
    held_out.done();
    distance.held_out = read;
  }
  distance.origin = read_origin(row);
  return distance;
}

ProfileFile::Behaviour read_behaviour(Object& row) {
  ProfileFile::Behaviour behaviour;
  behaviour.name = row.text("name");
  behaviour.cost_share = row.number("cost_share", 0.0, 1.0);
  behaviour.harm = row.number("harm", 0.0, 1e3);
  behaviour.distance = read_distance(row, 1e-12);
  if (behaviour.name == "honest") row.fail("name", "found 'honest', expected the name of a cheat");
  row.done();
  return behaviour;
}

/// `names` must differ from each other.
template <class T, class Name>
void check_unique(const Object& root, const std::string& list, const std::vector<T>& rows,
                  Name name) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!seen.insert(name(rows[i])).second) {
      root.fail(fmt::format("{}[{}]", list, i),
                fmt::format("found '{}' again, expected it once", shown(name(rows[i]))));
    }
  }
}

ProfileFile::Comparison read_comparison(const Object& root, std::size_t at, Object& row) {
  ProfileFile::Comparison read;
  read.name = row.text("name");
  read.optimizer = row.text("optimizer");
  read.precision = read_precision(row);
  read.interval_steps = row.whole("interval_steps", 1.0, 1e9);
  Object tolerance = row.object("tolerance");
  read.tolerance_share_of_movement = tolerance.number("share_of_movement", 1e-12, 1e6);
  read.tolerance_origin = read_origin(tolerance);
  tolerance.done();
  Object honest = row.object("honest");
  read.honest = read_distance(honest, 0.0);
  honest.done();
  for (Object& behaviour : row.list("behaviours")) {
    read.behaviours.push_back(read_behaviour(behaviour));
  }
  row.done();
  check_unique(root, fmt::format("comparisons[{}].behaviours", at), read.behaviours,
               [](const auto& behaviour) { return behaviour.name; });
  return read;
}

void check_models(const Object& root, const ProfileFile& profile) {
  std::vector<std::string> names;
  for (const auto& model : profile.models) names.push_back(model.name);
  for (std::size_t i = 0; i < profile.steps.size(); ++i) {
    const std::string& name = profile.steps[i].model;
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    root.fail(fmt::format("steps[{}].model", i),
              fmt::format("found '{}', expected the name of a model{}", shown(name),
                          did_you_mean(name, names)));
  }
}

}  // namespace

ProfileFile read_profile(const std::string& path, std::string_view sha256) {
  const std::string text = contents(path);
  ProfileFile profile;
  profile.sha256 = sim::hex(sim::sha256(std::as_bytes(std::span(text))));
  if (!sha256.empty() && sha256 != profile.sha256) {
    throw ConfigError(Complaint{
        path, 0, 0, fmt::format("found sha256 {}, expected {}", profile.sha256, shown(sha256))});
  }
  const Json json = parsed(path, text);
  Reader reader(path);
  Object root(reader, &json, "");
  if (!json.is_object()) reader.finish();
  if (const std::string format = root.text("format"); format != "assay-profile") {
    root.fail("format", fmt::format("found '{}', expected 'assay-profile'", shown(format)));
    reader.finish();
  }
  if (root.whole("version", 0.0, 1e9) != 2) {
    root.fail("version", "found another version, expected 2");
    reader.finish();
  }
  profile.name = root.text("name");
  profile.made = read_made(root.object("made"));
  Object split = root.object("split");
  profile.split_origin = read_origin(split);
  split.done();
  for (Object& row : root.list("models")) profile.models.push_back(read_model(row));
  for (Object& row : root.list("steps")) profile.steps.push_back(read_step(row));
  Object transfer = root.object("transfer");
  for (const auto& [key, band] : {std::pair("near", &profile.near), std::pair("far", &profile.far),
                                  std::pair("apart", &profile.apart)}) {
    Object read = transfer.object(key);
    *band = read_band(read);
    read.done();
  }
  profile.transfer_origin = read_origin(transfer);
  transfer.done();
  for (Object& row : root.list("comparisons")) {
    profile.comparisons.push_back(read_comparison(root, profile.comparisons.size(), row));
  }
  Object checkpoint = root.object("checkpoint");
  profile.checkpoint_bytes_per_parameter = checkpoint.number("bytes_per_parameter", 0.0, 1e6);
  profile.hash_bytes_per_s = checkpoint.number("hash_bytes_per_s", 1.0, 1e15);
  profile.checkpoint_origin = read_origin(checkpoint);
  checkpoint.done();
  Object bitwise = root.object("bitwise");
  profile.order_factor = bitwise.number("order_factor", 1.0, 100.0);
  profile.bitwise_origin = read_origin(bitwise);
  bitwise.done();
  Object energy = root.object("energy");
  profile.wall_watts_per_board_watt = energy.number("wall_watts_per_board_watt", 0.1, 10.0);
  profile.energy_origin = read_origin(energy);
  energy.done();
  Object referee = root.object("referee");
  profile.referee_flops_per_s = referee.number("flops_per_s", 1e3, 1e18);
  profile.referee_origin = read_origin(referee);
  referee.done();
  root.done();
  check_unique(root, "models", profile.models, [](const auto& row) { return row.name; });
  check_unique(root, "comparisons", profile.comparisons, [](const auto& row) { return row.name; });
  check_unique(root, "steps", profile.steps, [](const auto& row) {
    return fmt::format("{}{} on {}", row.model, row.bitwise ? ", bitwise," : "", row.device);
  });
  check_models(root, profile);
  reader.finish();
  return profile;
}

}  // namespace assay::protocol
