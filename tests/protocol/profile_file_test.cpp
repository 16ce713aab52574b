#include "protocol/execution/profile_file.hpp"

#include <nlohmann/json.hpp>

#include "protocol/execution/profile.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay::protocol;
using Json = nlohmann::json;

namespace {

Json shipped() {
  std::ifstream file(data_file("profile_published.json").resolved);
  return Json::parse(file);
}

std::string refusal(const std::string& text, const std::string& sha256 = "") {
  const TempFile file(text);
  return complaint(file, [&] { static_cast<void>(read_profile(file.path(), sha256)); });
}

/// The complaint about the shipped file with the value at `pointer` replaced.
std::string refusal_with(const char* pointer, const Json& value) {
  Json json = shipped();
  json[Json::json_pointer(pointer)] = value;
  return refusal(json.dump());
}

}  // namespace

TEST_CASE("the shipped profile cites a source in every row", "[protocol]") {
  const ProfileFile profile = read_profile(data_file("profile_published.json").resolved, "");
  CHECK(profile.steps.size() == 12);
  for (const ProfileFile::Step& row : profile.steps) {
    CHECK_FALSE(row.published.empty());
    CHECK_FALSE(row.source.empty());
    CHECK(shipped_catalogue().find(row.device));
  }
  CHECK(profile.behaviours.front().name == "skip");
  CHECK(profile.sha256.size() == 64);
}

TEST_CASE("a profile with another hash than the scenario's is refused", "[protocol]") {
  const std::string path = data_file("profile_published.json").resolved;
  const std::string hash = read_profile(path, "").sha256;
  CHECK(read_profile(path, hash).sha256 == hash);
  std::string other = hash;
  other[0] = other[0] == '0' ? '1' : '0';
  CHECK_THROWS_AS(read_profile(path, other), ConfigError);
  // "abc": the first test vector of FIPS 180-4.
  CHECK(refusal("abc", "x") ==
        ": found sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad, "
        "expected x");
}

TEST_CASE("each wrong value of a profile is named by its path", "[protocol]") {
  CHECK(refusal_with("/steps/3/units_per_s", -1) ==
        ": steps[3].units_per_s: found -1, expected a number from 1e-09 to 1e+15");
  CHECK(refusal_with("/steps/3/units_per_s", "fast") ==
        ": steps[3].units_per_s: found \"fast\", expected a number from 1e-09 to 1e+15");
  CHECK(refusal_with("/steps/0/matrix_share", 0.5) ==
        ": steps[0].matrix_share: found three shares that sum to 0.68, expected 1");
  CHECK(refusal_with("/steps/0/model", "gpt2-124") ==
        ": steps[0].model: found 'gpt2-124', expected the name of a model (did you mean "
        "'gpt2-124m'?)");
  CHECK(refusal_with("/models/0/operators", 2.5) ==
        ": models[0].operators: found 2.5, expected a whole number");
  CHECK(refusal_with("/noise/sprad", 1) ==
        ": noise.sprad: found an unknown key, expected median_share_of_movement, spread or source "
        "(did you mean 'spread'?)");
  CHECK(refusal_with("/referee", 3) == ": referee: found 3, expected an object");
  CHECK(refusal_with("/steps", Json::array()) ==
        ": steps: found [], expected a list that is not empty");
  CHECK(refusal_with("/behaviours/0/name", "honest") ==
        ": behaviours[0].name: found 'honest', expected the name of a cheat");
  CHECK(refusal_with("/energy/source", "") == ": energy.source: found \"\", expected a text");
  CHECK(refusal_with("/format", "profile") ==
        ": format: found 'profile', expected 'assay-profile'");
  CHECK(refusal_with("/version", 2) == ": version: found another version, expected 1");
  Json twice = shipped();
  twice["steps"].push_back(twice["steps"][0]);
  CHECK(refusal(twice.dump()) ==
        ": steps[12]: found 'gpt2-124m on NVIDIA A100 SXM4 80 GB' again, expected it once");
  Json less = shipped();
  less["noise"].erase("spread");
  less["steps"][1].erase("source");
  const std::string both = refusal(less.dump());
  CHECK(both.find("noise: found no key 'spread'") != std::string::npos);
  CHECK(both.find("steps[1]: found no key 'source'") != std::string::npos);
}

TEST_CASE("what is no JSON of this kind ends in one clear complaint", "[protocol]") {
  CHECK(refusal("{\n  \"format\": \"assay-profile\",,\n}") == ":2: found no valid JSON here");
  CHECK(refusal("") == ":1: found no valid JSON here");
  CHECK(refusal("[]") == ": the file: found [], expected an object");
  CHECK(refusal("{\"format\": \"a\", \"format\": \"b\"}") ==
        ": found key 'format' twice in one object, expected it once");
  CHECK(refusal("{\"version\": 1e999}") ==
        ": found a number that does not fit, expected a finite one");
  CHECK(refusal("{\"a\": NaN}") == ":1: found no valid JSON here");
  CHECK(refusal("\"\xff\"") == ":1: found no valid JSON here");
  CHECK(refusal(std::string(100'000, '[')) == ": found over 16 levels of nesting");
  CHECK(refusal(std::string(5 << 20, ' ')) == ": found over 4 MiB, expected a smaller file");
  CHECK_THROWS_AS(read_profile("/dev/zero", ""), ConfigError);
}

TEST_CASE("a profile whose device the catalogue lacks is refused", "[protocol]") {
  Json json = shipped();
  json["steps"][0]["device"] = "NVIDIA A100 SXM4 80GB";
  const TempFile file(json.dump());
  Profile::Params params;
  params.file = file.file();
  CHECK(complaint(file, [&] { Profile(params, setting_with({"gpt2-124m"})); }) ==
        ": steps[0].device: found 'NVIDIA A100 SXM4 80GB', expected a name of the catalogue (did "
        "you mean 'NVIDIA A100 SXM4 80 GB'?)");
}
