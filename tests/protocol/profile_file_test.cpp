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
    CHECK_FALSE(row.figure.empty());
    CHECK_FALSE(row.origin.source.empty());
    CHECK(row.origin.kind == "published");
    CHECK(shipped_catalogue().find(row.device));
  }
  CHECK(profile.comparisons.front().behaviours.front().name == "skip");
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
  CHECK(refusal_with("/steps/0/precision", "pf32") ==
        ": steps[0].precision: found 'pf32', expected bf16, fp16 with fp32 sums, fp32 or tf32 (did "
        "you mean 'fp32'?)");
  CHECK(refusal_with("/comparisons/0/precision", "bf-16") ==
        ": comparisons[0].precision: found 'bf-16', expected bf16, fp16 with fp32 sums, fp32 or "
        "tf32 (did you mean 'bf16'?)");
  CHECK(refusal_with("/models/0/operators", 2.5) ==
        ": models[0].operators: found 2.5, expected a whole number");
  CHECK(refusal_with("/comparisons/0/honest/sprad", 1) ==
        ": comparisons[0].honest.sprad: found an unknown key, expected median_share_of_movement, "
        "spread, held_out, kind or source (did you mean 'spread'?)");
  CHECK(refusal_with("/energy/kind", "mesured") ==
        ": energy.kind: found 'mesured', expected measured, published, analytic or chosen (did you "
        "mean 'measured'?)");
  CHECK(refusal_with("/steps/0/bitwise", 1) ==
        ": steps[0].bitwise: found 1, expected true or false");
  CHECK(refusal_with("/steps/0/watts", "much") ==
        ": steps[0].watts: found \"much\", expected a number from 0.001 to 1e+06");
  CHECK(refusal_with("/comparisons/0/honest/held_out", Json{{"rejected", 3}, {"of", 2}}) ==
        ": comparisons[0].honest.held_out.rejected: found 3, expected a number from 0 to 2");
  CHECK(refusal_with("/referee", 3) == ": referee: found 3, expected an object");
  CHECK(refusal_with("/steps", Json::array()) ==
        ": steps: found [], expected a list that is not empty");
  CHECK(refusal_with("/comparisons/0/behaviours/0/name", "honest") ==
        ": comparisons[0].behaviours[0].name: found 'honest', expected the name of a cheat");
  CHECK(refusal_with("/energy/source", "") == ": energy.source: found \"\", expected a text");
  CHECK(refusal_with("/format", "profile") ==
        ": format: found 'profile', expected 'assay-profile'");
  CHECK(refusal_with("/version", 1) == ": version: found another version, expected 2");
  Json twice = shipped();
  twice["steps"].push_back(twice["steps"][0]);
  CHECK(refusal(twice.dump()) ==
        ": steps[12]: found 'gpt2-124m on NVIDIA A100 SXM4 80 GB' again, expected it once");
  Json less = shipped();
  less["comparisons"][0]["honest"].erase("spread");
  less["steps"][1].erase("source");
  const std::string both = refusal(less.dump());
  CHECK(both.find("comparisons[0].honest: found no key 'spread'") != std::string::npos);
  CHECK(both.find("steps[1]: found no key 'source'") != std::string::npos);
}

TEST_CASE("a profile that is written and read again is the same", "[protocol]") {
  ProfileFile profile = read_profile(data_file("profile_published.json").resolved, "");
  CHECK(Json::parse(profile_text(profile)) == shipped());
  profile.steps[0].watts = 311.5;
  profile.steps[1].bitwise = true;
  profile.comparisons[0].honest.held_out = HeldOut{1, 200};
  const std::string text = profile_text(profile);
  const TempFile file(text);
  const ProfileFile again = read_profile(file.path(), "");
  CHECK(profile_text(again) == text);
  CHECK(again.steps[0].watts == 311.5);
  CHECK_FALSE(again.steps[1].watts);
  CHECK(again.comparisons[0].honest.held_out->of == 200);
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
