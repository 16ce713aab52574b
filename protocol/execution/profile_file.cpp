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

ProfileFile::Model read_model(Object& row) {
  ProfileFile::Model model;
  model.name = row.text("name");
  model.parameters = row.number("parameters", 1.0, 1e14);
  model.unit = row.text("unit");
  model.units_per_step = row.number("units_per_step", 1.0, 1e12);
  model.operators = row.whole("operators", 1.0, 1e9);
  model.largest_operator_flops = row.number("largest_operator_flops", 0.0, 1e18);
  model.source = row.text("source");
  row.done();
  return model;
}

ProfileFile::Step read_step(Object& row) {
  ProfileFile::Step step;
  step.model = row.text("model");
  step.device = row.text("device");
  step.precision = row.text("precision");
  step.units_per_s = row.number("units_per_s", 1e-9, 1e15);
  step.matrix_share = row.number("matrix_share", 0.0, 1.0);
  step.memory_share = row.number("memory_share", 0.0, 1.0);
  step.overhead_share = row.number("overhead_share", 0.0, 1.0);
  step.published = row.text("published");
  step.source = row.text("source");
  const double sum = step.matrix_share + step.memory_share + step.overhead_share;
  if (!(std::abs(sum - 1.0) <= 1e-9)) {
    row.fail("matrix_share", fmt::format("found three shares that sum to {:g}, expected 1", sum));
  }
  row.done();
  return step;
}

ProfileFile::Band read_band(Object band) {
  const ProfileFile::Band read{band.number("low", 0.01, 1.0), band.number("high", 1.0, 100.0)};
  band.done();
  return read;
}

ProfileFile::Behaviour read_behaviour(Object& row) {
  ProfileFile::Behaviour behaviour;
  behaviour.name = row.text("name");
  behaviour.cost_share = row.number("cost_share", 0.0, 1.0);
  behaviour.harm = row.number("harm", 0.0, 1e6);
  behaviour.median_share_of_movement = row.number("median_share_of_movement", 1e-12, 1e6);
  behaviour.spread = row.number("spread", 0.0, 10.0);
  behaviour.source = row.text("source");
  if (behaviour.name == "honest") row.fail("name", "found 'honest', expected the name of a cheat");
  row.done();
  return behaviour;
}

/// `names` must differ from each other.
template <class T, class Name>
void check_unique(const Object& root, const char* list, const std::vector<T>& rows, Name name) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!seen.insert(name(rows[i])).second) {
      root.fail(fmt::format("{}[{}]", list, i),
                fmt::format("found '{}' again, expected it once", shown(name(rows[i]))));
    }
  }
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
  if (root.whole("version", 0.0, 1e9) != 1) {
    root.fail("version", "found another version, expected 1");
    reader.finish();
  }
  profile.name = root.text("name");
  Object split = root.object("split");
  profile.split_source = split.text("source");
  split.done();
  for (Object& row : root.list("models")) profile.models.push_back(read_model(row));
  for (Object& row : root.list("steps")) profile.steps.push_back(read_step(row));
  Object transfer = root.object("transfer");
  profile.near = read_band(transfer.object("near"));
  profile.far = read_band(transfer.object("far"));
  profile.transfer_source = transfer.text("source");
  transfer.done();
  Object tolerance = root.object("tolerance");
  profile.tolerance_share_of_movement = tolerance.number("share_of_movement", 1e-12, 1e6);
  profile.tolerance_source = tolerance.text("source");
  tolerance.done();
  Object noise = root.object("noise");
  profile.noise_median_share_of_movement = noise.number("median_share_of_movement", 0.0, 1e6);
  profile.noise_spread = noise.number("spread", 0.0, 10.0);
  profile.noise_source = noise.text("source");
  noise.done();
  for (Object& row : root.list("behaviours")) profile.behaviours.push_back(read_behaviour(row));
  Object checkpoint = root.object("checkpoint");
  profile.checkpoint_bytes_per_parameter = checkpoint.number("bytes_per_parameter", 0.0, 1e6);
  profile.hash_bytes_per_s = checkpoint.number("hash_bytes_per_s", 1.0, 1e15);
  profile.checkpoint_source = checkpoint.text("source");
  checkpoint.done();
  Object bitwise = root.object("bitwise");
  profile.order_factor = bitwise.number("order_factor", 1.0, 100.0);
  profile.bitwise_source = bitwise.text("source");
  bitwise.done();
  Object energy = root.object("energy");
  profile.wall_watts_per_board_watt = energy.number("wall_watts_per_board_watt", 0.1, 10.0);
  profile.energy_source = energy.text("source");
  energy.done();
  Object referee = root.object("referee");
  profile.referee_flops_per_s = referee.number("flops_per_s", 1e3, 1e18);
  profile.referee_source = referee.text("source");
  referee.done();
  root.done();
  check_unique(root, "models", profile.models, [](const auto& row) { return row.name; });
  check_unique(root, "behaviours", profile.behaviours, [](const auto& row) { return row.name; });
  check_unique(root, "steps", profile.steps,
               [](const auto& row) { return row.model + " on " + row.device; });
  check_models(root, profile);
  reader.finish();
  return profile;
}

}  // namespace assay::protocol
