#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

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

/// One kind of result: the file that its folder holds, and how its page is drawn from it.
struct Kind {
  const char* file;
  std::string (*draw)(const std::string& text, const analysis::PageAssets& assets);
};

constexpr std::array kKinds = {
    Kind{"report.json",
         [](const std::string& text, const analysis::PageAssets& assets) {
           return analysis::render(analysis::report_data_from_json(text), assets);
         }},
    Kind{"compare.json",
         [](const std::string& text, const analysis::PageAssets& assets) {
           return analysis::render(analysis::comparison_from_json(text), assets);
         }},
    Kind{"attack.json",
         [](const std::string& text, const analysis::PageAssets& assets) {
           return analysis::render(analysis::resistance_from_json(text), assets);
         }},
    Kind{"tune.json",
         [](const std::string& text, const analysis::PageAssets& assets) {
           return analysis::render(analysis::tuning_from_json(text), assets);
         }},
    Kind{"sweep.json",
         [](const std::string& text, const analysis::PageAssets& assets) {
           return analysis::render(analysis::sweep_from_json(text), assets);
         }},
};

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
  for (const Kind& kind : kKinds) {
    if (!fs::exists(folder / kind.file)) continue;
    const std::string text = read(folder / kind.file);
    const auto html =
        page([&](const analysis::PageAssets& assets) { return kind.draw(text, assets); });
    if (!html) return 1;
    const fs::path target =
        options.output.empty() ? folder / "report.html" : fs::path(options.output);
    analysis::write_file(target, *html);
    fmt::print("{}\n", target.string());
    return 0;
  }
  std::string files;
  for (const Kind& kind : kKinds)
    files += fmt::format("{}{}", files.empty() ? "" : ", ", kind.file);
  throw protocol::ConfigError(protocol::Complaint{
      options.folder, 0, 0, fmt::format("holds no result to draw: none of {}", files)});
}

}  // namespace assay::apps
