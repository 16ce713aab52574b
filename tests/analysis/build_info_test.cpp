#include "analysis/build_info.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "sim/digest.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

namespace fs = std::filesystem;

/// An environment variable with another value, until the end of a scope.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (old_) {
      setenv(name_, old_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST_CASE("a result's version names release, commit, compiler and build", "[analysis]") {
  const BuildInfo info = build_info();
  for (const std::string_view part : {info.version, info.commit, info.compiler, info.build_type}) {
    INFO(part);
    CHECK_FALSE(part.empty());
    CHECK(version_line().find(part) != std::string::npos);
  }
  CHECK(version_line().rfind("assay " + std::string(info.version) + " (", 0) == 0);
}

TEST_CASE("a program with uncommitted changes is told from every other one", "[analysis]") {
  const BuildInfo info = build_info();
  const std::string& identity = program_identity();
  CHECK(identity.rfind(std::string(info.version) + " " + std::string(info.commit), 0) == 0);
  const std::string digest = sim::hex(sim::sha256_file("/proc/self/exe"));
  const bool known = info.commit != "unknown" && !info.commit.ends_with("-dirty");
  CHECK((identity.find(digest) == std::string::npos) == known);
}

TEST_CASE("the data that a program finds are those that it was built with", "[analysis]") {
  // Tests are not installed: theirs is the source tree. tests/install_moved covers the other case.
  CHECK(fs::equivalent(data_folder(), ASSAY_SOURCE_DIR));
  CHECK(fs::is_directory(data_folder() / "scenarios"));
}

TEST_CASE("the charts' script is the one that is named, there or not", "[analysis]") {
  const protocol::ScratchFolder folder;
  {
    const fs::path named = folder.path() / "missing.js";
    const Environment environment("ASSAY_VEGA_BUNDLE", named.string());
    CHECK(vega_bundle() == named);
  }
  // An empty name is none: then it is what was fetched, if it was.
  const Environment environment("ASSAY_VEGA_BUNDLE", "");
  const auto found = vega_bundle();
  if (found) CHECK(fs::is_regular_file(*found));
}

}  // namespace
}  // namespace assay::analysis
