#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/scenario/fields.hpp"
#include "sim/check.hpp"

namespace assay::protocol {

struct Setting;  // protocol/setting.hpp: what a mechanism may look up while it is built

/// The parameters of one member of a family, and how to build the member from them.
template <class Family>
class Parameters {
 public:
  virtual ~Parameters() = default;
  virtual void describe(Fields&) = 0;
  [[nodiscard]] virtual std::unique_ptr<Parameters> clone() const = 0;
  [[nodiscard]] virtual std::shared_ptr<const Family> build(const Setting&) const = 0;
};

/// What the registry tells of a member besides its parameters: nothing, unless the family has a
/// type `Traits`, which each of its members then states as `kTraits`.
template <class Family>
struct TraitsOf {
  struct Type {};
};
template <class Family>
requires requires { typename Family::Traits; }
struct TraitsOf<Family> {
  using Type = typename Family::Traits;
};

/// One line of the registry: a mechanism's kind, its summary and its parameters at their defaults.
template <class Family>
struct Entry {
  std::string_view kind;
  std::string_view summary;
  std::unique_ptr<Parameters<Family>> (*defaults)();
  typename TraitsOf<Family>::Type traits{};
};

/// The members of a family, in the order in which `assay list` shows them. Each family's list
/// stands in protocol/registry.cpp, the only file that includes members.
template <class Family>
[[nodiscard]] const std::vector<Entry<Family>>& members();

/// The registry line of mechanism `M`: it has `Family` as a base, `kKind`, `kSummary`, a nested
/// `Params` with `describe`, and a constructor from `(const Params&)` or `(const Params&, const
/// Setting&)`.
template <class Family, class M>
[[nodiscard]] Entry<Family> entry() {
  class Typed final : public Parameters<Family> {
   public:
    void describe(Fields& field) override { params_.describe(field); }
    [[nodiscard]] std::unique_ptr<Parameters<Family>> clone() const override {
      return std::make_unique<Typed>(*this);
    }
    [[nodiscard]] std::shared_ptr<const Family> build(const Setting& setting) const override {
      if constexpr (std::is_constructible_v<M, const typename M::Params&, const Setting&>) {
        return std::make_shared<const M>(params_, setting);
      } else {
        return std::make_shared<const M>(params_);
      }
    }

   private:
    typename M::Params params_;
  };
  Entry<Family> line{M::kKind, M::kSummary,
                     [] { return std::unique_ptr<Parameters<Family>>(std::make_unique<Typed>()); }};
  if constexpr (requires { typename Family::Traits; }) line.traits = M::kTraits;
  return line;
}

/// What the registry tells of the member of this kind; requires that there is one.
template <class Family>
[[nodiscard]] const typename TraitsOf<Family>::Type& traits_of(std::string_view kind) {
  for (const Entry<Family>& member : members<Family>()) {
    if (member.kind == kind) return member.traits;
  }
  SIM_CHECK(false);
}

/// A choice as a visitor sees it.
class ChoiceBase {
 public:
  struct Kind {
    std::string_view kind;
    std::string_view summary;
  };
  virtual ~ChoiceBase() = default;
  [[nodiscard]] virtual std::string_view family() const = 0;
  [[nodiscard]] virtual std::vector<Kind> kinds() const = 0;
  [[nodiscard]] virtual std::string_view kind() const = 0;  ///< empty: none chosen
  virtual void choose(std::string_view kind) = 0;           ///< with its defaults; kind is known
  virtual void describe(Fields&) = 0;                       ///< the chosen member's parameters
};

/// One member of `Family` with its parameters, as a scenario names it.
template <class Family>
class Choice final : public ChoiceBase {
 public:
  Choice() = default;
  explicit Choice(std::string_view kind) { Choice::choose(kind); }
  Choice(const Choice& other)
      : ChoiceBase(other),
        kind_(other.kind_),
        parameters_(other.parameters_ ? other.parameters_->clone() : nullptr) {}
  Choice(Choice&&) noexcept = default;
  Choice& operator=(Choice other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(parameters_, other.parameters_);
    return *this;
  }
  ~Choice() override = default;

  [[nodiscard]] std::string_view family() const override { return Family::kFamily; }
  [[nodiscard]] std::vector<Kind> kinds() const override {
    std::vector<Kind> all;
    for (const Entry<Family>& member : members<Family>()) {
      all.push_back(Kind{member.kind, member.summary});
    }
    return all;
  }
  [[nodiscard]] std::string_view kind() const override { return kind_; }
  void choose(std::string_view kind) override {
    parameters_ = nullptr;
    for (const Entry<Family>& member : members<Family>()) {
      if (member.kind != kind) continue;
      kind_ = member.kind;
      parameters_ = member.defaults();
    }
    SIM_CHECK(parameters_);
  }
  void describe(Fields& field) override {
    SIM_CHECK(parameters_);
    parameters_->describe(field);
  }

  /// The mechanism itself; const ever after.
  [[nodiscard]] std::shared_ptr<const Family> build(const Setting& setting) const {
    SIM_CHECK(parameters_);
    return parameters_->build(setting);
  }

 private:
  std::string_view kind_;
  std::unique_ptr<Parameters<Family>> parameters_;
};

}  // namespace assay::protocol
