#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

#include "analysis/build_info.hpp"
#include "analysis/report/attack_page.hpp"
#include "analysis/report/compare_page.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/sweep_page.hpp"
#include "analysis/report/tune_page.hpp"
#include "analysis/result_folder.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/pages.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace {

namespace fs = std::filesystem;

using Draw = std::function<std::string(const analysis::PageAssets&)>;

/// One kind of result: the file that its folder holds, and how its page is drawn from it.
struct Kind {
  const char* file;
  Draw (*reader)(const std::string& text);
};

/// Reads first, so that a damaged file is told apart from a page that cannot be drawn.
template <auto from_json>
Draw drawing(const std::string& text) {
  return [data = from_json(text)](const analysis::PageAssets& assets) {
    return analysis::render(data, assets);
  };
}

constexpr std::array kKinds = {
    Kind{"report.json", drawing<analysis::report_data_from_json>},
    Kind{"compare.json", drawing<analysis::comparison_from_json>},
    Kind{"attack.json", drawing<analysis::resistance_from_json>},
    Kind{"tune.json", drawing<analysis::tuning_from_json>},
    Kind{"sweep.json", drawing<analysis::sweep_from_json>},
};

/// What was made last in a folder in which several commands have been; none where it holds nothing.
const Kind* newest(const fs::path& folder) {
  const Kind* found = nullptr;
  fs::file_time_type made;
  for (const Kind& kind : kKinds) {
    std::error_code missing;
    const auto time = fs::last_write_time(folder / kind.file, missing);
    if (missing || (found != nullptr && time <= made)) continue;
    found = &kind;
    made = time;
  }
  return found;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw protocol::ConfigError(protocol::Complaint{path.string(), 0, 0, "cannot be read"});
  return text.str();
}

}  // namespace

std::optional<std::string> page(
    const std::function<std::string(const analysis::PageAssets&)>& draw) {
  const auto bundle = analysis::vega_bundle();
  if (!bundle) {
    fmt::print(stderr, "assay: no report.html: {}\n", analysis::kVegaBundleMissing);
    return std::nullopt;
  }
  try {
    return draw(analysis::load_page_assets(*bundle));
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "assay: no report.html: {}\n", error.what());
    return std::nullopt;
  }
}

int report(const ReportOptions& options) {
  const fs::path folder = options.folder;
  const Kind* const kind = newest(folder);
  if (kind == nullptr && fs::exists(folder / "points.json")) {
    throw protocol::ConfigError(protocol::Complaint{
        options.folder, 0, 0,
        "holds a sweep without a page: found points.json and no sweep.json, expected one or two "
        "axes that are crossed, and a metric to show"});
  }
  if (kind == nullptr) {
    std::vector<std::string> files;
    for (const Kind& one : kKinds) files.emplace_back(one.file);
    throw protocol::ConfigError(protocol::Complaint{
        options.folder, 0, 0,
        fmt::format("holds no result to draw: none of {}", fmt::join(files, ", "))});
  }
  const fs::path source = folder / kind->file;
  const std::string text = read(source);
  Draw draw;
  try {
    draw = kind->reader(text);
  } catch (const std::exception& error) {
    throw protocol::ConfigError(protocol::Complaint{
        source.string(), 0, 0, fmt::format("is damaged, or of another version: {}", error.what())});
  }
  const auto html = page(draw);
  if (!html) return 1;
  const fs::path target =
      options.output.empty() ? folder / "report.html" : fs::path(options.output);
  analysis::replace_file(target, *html);
  fmt::print("{}\n", target.string());
  return 0;
}

}  // namespace assay::apps
