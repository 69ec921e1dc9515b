#include <elastiroll/spec/deployment_spec.hpp>

#include "spec/reader.hpp"

#include <elastiroll/base/text.hpp>

#include <fmt/format.h>

#include <array>
#include <limits>
#include <utility>

namespace elastiroll {
namespace {

using std::string_view_literals::operator""sv;

constexpr int version = 1;
constexpr IntegerRange int_range{std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};

/// Every duration of Timing under its name.
template <class AnyTiming> auto durations_of(AnyTiming& timing) {
    return std::array{
        std::pair{"stable_for_ms"sv, &timing.stable_for},
        std::pair{"phase_deadline_ms"sv, &timing.phase_deadline},
        std::pair{"poll_min_ms"sv, &timing.poll_min},
        std::pair{"poll_max_ms"sv, &timing.poll_max},
        std::pair{"call_timeout_ms"sv, &timing.call_timeout},
        std::pair{"gate_timeout_ms"sv, &timing.gate_timeout},
        std::pair{"create_settle_ms"sv, &timing.create_settle},
        std::pair{"hold_margin_ms"sv, &timing.hold_margin},
    };
}

Document encode_text_list(const std::vector<std::string>& texts) {
    Document list = Document::array();
    for (const std::string& text : texts)
        list.push_back(text);
    return list;
}

void set_share(Document& document, std::string_view prefix, const Share& share) {
    const auto* percent = std::get_if<Percent>(&share);
    document.set(std::string(prefix) + (percent != nullptr ? "percent" : "count"),
                 percent != nullptr ? percent->value : std::get<Count>(share).value);
}

Document encode_phase(const PhaseSpec& phase) {
    Document document = Document::object();
    set_share(document, "", phase.size);
    if (phase.old_size)
        set_share(document, "old_", *phase.old_size);
    document.set("bake_ms", std::int64_t{phase.bake.count()});
    document.set("needs_approval", phase.needs_approval);
    return document;
}

Document encode_instances(const InstanceCounts& instances) {
    const auto* capacity = std::get_if<Capacity>(&instances);
    return capacity == nullptr ? Document("same_as_running") : Document(to_string(*capacity));
}

Document encode_timing(const Timing& timing) {
    Document document = Document::object();
    for (const auto& [name, duration] : durations_of(timing))
        document.set(name, std::int64_t{duration->count()});
    return document;
}

/// Reads what encode() wrote: every member is there unless it says otherwise.
class SpecReader {
public:
    SpecReader(const Document& value, std::string path, std::span<const std::string_view> known,
               Findings& findings)
        : reader_(value, std::move(path), known, findings) {}

    const ObjectReader& base() const noexcept { return reader_; }
    Findings& findings() const noexcept { return reader_.findings(); }

    std::string text(std::string_view key) const {
        const Document* value = required(key);
        const auto text = value == nullptr ? std::string_view{} : value->as_string();
        if (!text)
            findings().add(reader_.path_of(key), "expected a text");
        return std::string(text.value_or(""));
    }
    std::optional<std::string> optional_text(std::string_view key) const {
        return reader_.member(key) == nullptr ? std::nullopt : std::optional(text(key));
    }
    bool boolean(std::string_view key) const {
        return required(key) != nullptr && reader_.boolean(key).value_or(false);
    }
    int number(std::string_view key) const {
        return required(key) == nullptr
                   ? 0
                   : static_cast<int>(reader_.integer(key, int_range).value_or(0));
    }
    Milliseconds milliseconds(std::string_view key) const {
        constexpr IntegerRange any{std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()};
        return Milliseconds(required(key) == nullptr ? 0 : reader_.integer(key, any).value_or(0));
    }
    /// Null, and a finding, where it is missing.
    const Document* required(std::string_view key) const {
        return reader_.require(key) ? reader_.member(key) : nullptr;
    }
    /// The items of a list with their paths.
    template <class F> void items(std::string_view key, const F& each) const {
        if (required(key) == nullptr)
            return;
        const auto* list = reader_.list(key, std::numeric_limits<std::size_t>::max());
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
            each((*list)[i], item_path(reader_.path_of(key), i));
    }
    /// The one of `values` whose to_string() stands under `key`.
    template <class Enum, std::size_t Size>
    Enum value(std::string_view key,
               const std::array<std::pair<std::string_view, Enum>, Size>& values) const {
        const std::string word = text(key);
        for (const auto& [name, value] : values)
            if (name == word)
                return value;
        findings().add(reader_.path_of(key), fmt::format("unknown word \"{}\"", word));
        return values[0].second;
    }

private:
    ObjectReader reader_;
};

constexpr std::array naming_words{std::pair{"elastiroll"sv, NamingPreset::elastiroll},
                                  std::pair{"harness"sv, NamingPreset::harness}};
constexpr std::array strategy_words{std::pair{"basic"sv, Strategy::basic},
                                    std::pair{"canary"sv, Strategy::canary},
                                    std::pair{"blue_green"sv, Strategy::blue_green}};
constexpr std::array traffic_words{std::pair{"instant"sv, TrafficKind::instant},
                                   std::pair{"weighted"sv, TrafficKind::weighted}};
constexpr std::array order_words{std::pair{"new_first"sv, ResizeOrder::new_first},
                                 std::pair{"old_first"sv, ResizeOrder::old_first}};
constexpr std::array place_words{std::pair{"tags"sv, OwnershipPlace::tags},
                                 std::pair{"description"sv, OwnershipPlace::description}};

template <class Enum, std::size_t Size>
std::string_view word_of(Enum value,
                         const std::array<std::pair<std::string_view, Enum>, Size>& words) {
    for (const auto& [word, candidate] : words)
        if (candidate == value)
            return word;
    return "";
}

std::vector<std::string> decode_text_list(const SpecReader& reader, std::string_view key) {
    std::vector<std::string> texts;
    reader.items(key, [&](const Document& item, const std::string& path) {
        if (const auto text = item.as_string())
            texts.emplace_back(*text);
        else
            reader.findings().add(path, "expected a text");
    });
    return texts;
}

/// A share under `<prefix>percent` or `<prefix>count`; empty where neither is there.
std::optional<Share> decode_share(const SpecReader& reader, const std::string& prefix) {
    if (reader.base().member(prefix + "percent") != nullptr)
        return Percent{reader.number(prefix + "percent")};
    if (reader.base().member(prefix + "count") != nullptr)
        return Count{reader.number(prefix + "count")};
    return std::nullopt;
}

PhaseSpec decode_phase(const Document& value, const std::string& path, Findings& findings) {
    static constexpr std::array known{"percent"sv,   "count"sv,   "old_percent"sv,
                                      "old_count"sv, "bake_ms"sv, "needs_approval"sv};
    const SpecReader reader(value, path, known, findings);
    const auto size = decode_share(reader, "");
    if (!size)
        findings.add(path, "has neither \"percent\" nor \"count\"");
    return PhaseSpec{.size = size.value_or(Percent{}),
                     .old_size = decode_share(reader, "old_"),
                     .bake = reader.milliseconds("bake_ms"),
                     .needs_approval = reader.boolean("needs_approval")};
}

InstanceCounts decode_instances(const SpecReader& reader) {
    const std::string text = reader.text("instances");
    if (text == "same_as_running")
        return SameAsRunning{};
    auto capacity = parse_capacity(text);
    if (capacity)
        return *capacity;
    reader.findings().add(reader.base().path_of("instances"), capacity.error().message);
    return SameAsRunning{};
}

Timing decode_timing(const SpecReader& parent) {
    Timing timing;
    const Document* value = parent.required("timing");
    if (value == nullptr)
        return timing;
    std::vector<std::string_view> known;
    for (const auto& [name, duration] : durations_of(timing))
        known.push_back(name);
    const SpecReader reader(*value, parent.base().path_of("timing"), known, parent.findings());
    for (const auto& [name, duration] : durations_of(timing))
        *duration = reader.milliseconds(name);
    return timing;
}

Line decode_spec_line(const SpecReader& reader) {
    Line line{.account = AccountId(reader.text("account")),
              .region = Region(reader.text("region"))};
    std::string text = reader.text("prefix");
    if (text.empty())
        return line;
    auto prefix = GroupPrefix::make(std::move(text));
    if (prefix)
        line.prefix = std::move(*prefix);
    else
        reader.findings().add(reader.base().path_of("prefix"), prefix.error().message);
    return line;
}

std::optional<std::string> decode_user_data(const SpecReader& reader) {
    const auto text = reader.optional_text("user_data_base64");
    if (!text)
        return std::nullopt;
    auto bytes = decode_base64(*text);
    if (!bytes)
        reader.findings().add(reader.base().path_of("user_data_base64"), "expected Base64");
    return bytes;
}

constexpr std::array spec_keys{
    "version"sv,
    "application"sv,
    "service"sv,
    "environment"sv,
    "infrastructure"sv,
    "workflow"sv,
    "account"sv,
    "region"sv,
    "prefix"sv,
    "profile"sv,
    "token_env"sv,
    "aws_profile"sv,
    "image_parameter"sv,
    "image_filters"sv,
    "image_owners"sv,
    "naming"sv,
    "strategy"sv,
    "group_template"sv,
    "secret_paths"sv,
    "image"sv,
    "user_data_base64"sv,
    "is_user_data_secret"sv,
    "instances"sv,
    "phases"sv,
    "order"sv,
    "floor"sv,
    "allow_zero"sv,
    "await_old"sv,
    "retention"sv,
    "allow"sv,
    "allow_missing_load_balancers"sv,
    "deallocation"sv,
    "ownership_place"sv,
    "tag_prefix"sv,
    "timing"sv,
    "previous"sv,
    "force"sv,
    "traffic"sv,
};

/// Absent in what versions wrote that knew ids only.
std::optional<ImageSelector> decode_image_selector(const SpecReader& reader) {
    if (auto parameter = reader.optional_text("image_parameter"))
        return ImageParameter{*std::move(parameter)};
    if (reader.base().member("image_filters") == nullptr)
        return std::nullopt;
    ImageQuery query{.owners = decode_text_list(reader, "image_owners")};
    reader.items("image_filters", [&](const Document& item, const std::string& path) {
        static constexpr std::array known{"name"sv, "values"sv};
        const SpecReader filter(item, path, known, reader.findings());
        query.filters.push_back({filter.text("name"), decode_text_list(filter, "values")});
    });
    return query;
}

/// Who deploys what to where.
void decode_subject(const SpecReader& reader, DeploymentSpec& spec) {
    spec.application = reader.text("application");
    spec.service = reader.text("service");
    spec.environment = reader.text("environment");
    spec.infrastructure = reader.text("infrastructure");
    spec.workflow = reader.text("workflow");
    spec.line = decode_spec_line(reader);
    spec.credentials = {.profile = reader.text("profile"),
                        .token_env = reader.text("token_env"),
                        .aws_profile = reader.optional_text("aws_profile").value_or("")};
    if (const Document* group = reader.required("group_template"))
        spec.group_template = *group;
    spec.secret_paths = decode_text_list(reader, "secret_paths");
    spec.image = ImageId(reader.text("image"));
    spec.image_selector = decode_image_selector(reader);
    spec.user_data = decode_user_data(reader);
    spec.is_user_data_secret = reader.boolean("is_user_data_secret");
}

RouteSpec decode_route(const Document& value, const std::string& path, Findings& findings) {
    static constexpr std::array known{"port"sv, "listener"sv, "rule"sv};
    const SpecReader reader(value, path, known, findings);
    return {reader.number("port"), reader.text("listener"), reader.text("rule")};
}

Document encode_route(const RouteSpec& route) {
    return Document::object(
        {{"port", route.port}, {"listener", route.listener_arn}, {"rule", route.rule_arn}});
}

/// Absent but in blue/green deployments.
std::optional<TrafficSpec> decode_traffic(const SpecReader& spec) {
    const Document* value = spec.base().member("traffic");
    if (value == nullptr)
        return std::nullopt;
    static constexpr std::array known{
        "load_balancers"sv,   "weights"sv,       "approval"sv,     "bake_ms"sv,
        "drain_ms"sv,         "downsizes_old"sv, "keeps_others"sv, "production_target_group"sv,
        "downsize_after_ms"sv};
    const SpecReader reader(*value, spec.base().path_of("traffic"), known, spec.findings());
    TrafficSpec traffic;
    reader.items("load_balancers", [&](const Document& item, const std::string& path) {
        static constexpr std::array keys{"name"sv, "kind"sv, "production"sv, "stage"sv};
        const SpecReader one(item, path, keys, reader.findings());
        LoadBalancerSpec balancer{.name = one.text("name"),
                                  .kind = one.value("kind", traffic_words)};
        if (const Document* route = one.required("production"))
            balancer.production = decode_route(*route, path + ".production", reader.findings());
        if (const Document* route = one.required("stage"))
            balancer.stage = decode_route(*route, path + ".stage", reader.findings());
        traffic.load_balancers.push_back(std::move(balancer));
    });
    reader.items("weights", [&](const Document& item, const std::string& path) {
        static constexpr std::array keys{"weight"sv, "bake_ms"sv, "approval"sv};
        const SpecReader one(item, path, keys, reader.findings());
        traffic.weights.push_back(
            {one.number("weight"), one.milliseconds("bake_ms"), one.boolean("approval")});
    });
    traffic.needs_approval = reader.boolean("approval");
    traffic.bake = reader.milliseconds("bake_ms");
    if (reader.base().member("drain_ms") != nullptr)
        traffic.drain = reader.milliseconds("drain_ms");
    traffic.downsizes_old = reader.boolean("downsizes_old");
    if (reader.base().member("downsize_after_ms") != nullptr)
        traffic.downsize_after = reader.milliseconds("downsize_after_ms");
    traffic.keeps_other_load_balancers = reader.boolean("keeps_others");
    traffic.production_target_group = reader.text("production_target_group");
    return traffic;
}

Document encode_traffic(const TrafficSpec& traffic) {
    Document balancers = Document::array();
    for (const LoadBalancerSpec& one : traffic.load_balancers)
        balancers.push_back(Document::object({{"name", one.name},
                                              {"kind", to_string(one.kind)},
                                              {"production", encode_route(one.production)},
                                              {"stage", encode_route(one.stage)}}));
    Document weights = Document::array();
    for (const WeightSpec& one : traffic.weights)
        weights.push_back(Document::object({{"weight", one.weight},
                                            {"bake_ms", std::int64_t{one.bake.count()}},
                                            {"approval", one.needs_approval}}));
    Document document =
        Document::object({{"load_balancers", std::move(balancers)},
                          {"weights", std::move(weights)},
                          {"approval", traffic.needs_approval},
                          {"bake_ms", std::int64_t{traffic.bake.count()}},
                          {"downsizes_old", traffic.downsizes_old},
                          {"keeps_others", traffic.keeps_other_load_balancers},
                          {"production_target_group", traffic.production_target_group}});
    if (traffic.drain)
        document.set("drain_ms", std::int64_t{traffic.drain->count()});
    if (traffic.downsize_after)
        document.set("downsize_after_ms", std::int64_t{traffic.downsize_after->count()});
    return document;
}

/// How it is done.
void decode_manner(const SpecReader& reader, DeploymentSpec& spec) {
    spec.naming = reader.value("naming", naming_words);
    spec.strategy = reader.value("strategy", strategy_words);
    spec.instances = decode_instances(reader);
    reader.items("phases", [&](const Document& item, const std::string& path) {
        spec.phases.push_back(decode_phase(item, path, reader.findings()));
    });
    spec.order = reader.value("order", order_words);
    if (reader.base().member("floor") != nullptr)
        spec.floor = reader.number("floor");
    spec.allow_zero = reader.boolean("allow_zero");
    spec.await_old = reader.boolean("await_old");
    spec.retention = reader.number("retention");
    spec.allow = decode_text_list(reader, "allow");
    spec.allow_missing_load_balancers = reader.boolean("allow_missing_load_balancers");
    if (const Document* deallocation = reader.required("deallocation"))
        spec.deallocation = *deallocation;
    spec.ownership.place = reader.value("ownership_place", place_words);
    spec.ownership.tag_prefix = reader.text("tag_prefix");
    spec.timing = decode_timing(reader);
    spec.previous = reader.optional_text("previous");
    spec.force = reader.boolean("force");
    spec.traffic = decode_traffic(reader);
}

void encode_image_selector(const ImageSelector& selector, Document& document) {
    if (const auto* parameter = std::get_if<ImageParameter>(&selector)) {
        document.set("image_parameter", parameter->name);
        return;
    }
    const auto& query = std::get<ImageQuery>(selector);
    Document filters = Document::array();
    for (const ImageFilter& filter : query.filters)
        filters.push_back(
            Document::object({{"name", filter.name}, {"values", encode_text_list(filter.values)}}));
    document.set("image_filters", std::move(filters));
    document.set("image_owners", encode_text_list(query.owners));
}

void encode_subject(const DeploymentSpec& spec, Document& document) {
    document.set("application", spec.application);
    document.set("service", spec.service);
    document.set("environment", spec.environment);
    document.set("infrastructure", spec.infrastructure);
    document.set("workflow", spec.workflow);
    document.set("account", spec.line.account.text());
    document.set("region", spec.line.region.text());
    document.set("prefix", spec.line.prefix.text());
    document.set("profile", spec.credentials.profile);
    document.set("token_env", spec.credentials.token_env);
    if (!spec.credentials.aws_profile.empty())
        document.set("aws_profile", spec.credentials.aws_profile);
    document.set("group_template", spec.group_template);
    document.set("secret_paths", encode_text_list(spec.secret_paths));
    document.set("image", spec.image.text());
    if (spec.image_selector)
        encode_image_selector(*spec.image_selector, document);
    if (spec.user_data) // need not be UTF-8
        document.set("user_data_base64", encode_base64(*spec.user_data));
    document.set("is_user_data_secret", spec.is_user_data_secret);
}

} // namespace

Document encode(const DeploymentSpec& spec) {
    Document document = Document::object({{"version", version}});
    encode_subject(spec, document);
    document.set("naming", word_of(spec.naming, naming_words));
    document.set("strategy", to_string(spec.strategy));
    document.set("instances", encode_instances(spec.instances));
    Document& phases = document.set("phases", Document::array());
    for (const PhaseSpec& phase : spec.phases)
        phases.push_back(encode_phase(phase));
    document.set("order", to_string(spec.order));
    if (spec.floor)
        document.set("floor", *spec.floor);
    document.set("allow_zero", spec.allow_zero);
    document.set("await_old", spec.await_old);
    document.set("retention", spec.retention);
    document.set("allow", encode_text_list(spec.allow));
    document.set("allow_missing_load_balancers", spec.allow_missing_load_balancers);
    document.set("deallocation", spec.deallocation);
    document.set("ownership_place", word_of(spec.ownership.place, place_words));
    document.set("tag_prefix", spec.ownership.tag_prefix);
    document.set("timing", encode_timing(spec.timing));
    if (spec.previous)
        document.set("previous", *spec.previous);
    document.set("force", spec.force);
    if (spec.traffic)
        document.set("traffic", encode_traffic(*spec.traffic));
    return document;
}

Result<DeploymentSpec> decode_deployment_spec(const Document& document) {
    Findings findings;
    const SpecReader reader(document, "$", spec_keys, findings);
    if (reader.base().is_object() && reader.number("version") != version)
        findings.add("$.version", fmt::format("expected version {}", version));
    DeploymentSpec spec;
    decode_subject(reader, spec);
    decode_manner(reader, spec);
    if (findings.empty())
        return spec;
    return Unexpected(Error{.category = ErrorCategory::protocol,
                            .message = "this is no deployment spec that encode() wrote",
                            .details = std::move(findings).take()});
}

} // namespace elastiroll
