#include <elastiroll/base/document.hpp>

#include <benchmark/benchmark.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <string>

// Documents of the size of a large account's group list, ours beside RapidJSON's own DOM. RapidJSON
// is told to keep numbers as text and to check UTF-8, as we do.
//
// The number to look at is bytes_per_second: bytes of text over the time for what the name says.

namespace {

using elastiroll::Document;

Document block_device(int index) {
    return Document::object({
        {"deviceName", "/dev/sd" + std::string(1, static_cast<char>('a' + index))},
        {"ebs", Document::object({{"deleteOnTermination", true},
                                  {"encrypted", false},
                                  {"iops", nullptr},
                                  {"snapshotId", nullptr},
                                  {"volumeSize", 100 + index},
                                  {"volumeType", "gp3"}})},
    });
}

Document tag(std::string_view key, std::string_view value) {
    return Document::object({{"tagKey", key}, {"tagValue", value}});
}

/// An Elastigroup as Spot exports it: many short strings, few numbers, one long text.
Document group(int index) {
    const std::string number = std::to_string(index);
    std::string user_data = "IyEvYmluL2Jhc2gKc2V0IC1ldW8gcGlwZWZhaWwK";
    for (int i = 0; i < 5; ++i)
        user_data += user_data;
    Document types = Document::array();
    for (const char* type : {"m5.large", "m5a.large", "m5d.large", "m6i.large", "m6a.large"})
        types.push_back(type);
    return Document::object({
        {"id", "sig-" + number},
        {"name", "orders__web__production__" + number},
        {"description", "serves \"orders\"\nsee https://example.com/orders/" + number},
        {"region", "eu-central-1"},
        {"capacity",
         Document::object({{"minimum", 2}, {"maximum", 12}, {"target", 6}, {"unit", "instance"}})},
        {"strategy", Document::object({{"risk", *Document::number("100.0")},
                                       {"onDemandCount", nullptr},
                                       {"availabilityVsCost", "balanced"},
                                       {"drainingTimeout", 120},
                                       {"fallbackToOd", true},
                                       {"utilizeReservedInstances", false}})},
        {"compute",
         Document::object({
             {"instanceTypes", Document::object({{"ondemand", "m5.large"}, {"spot", types}})},
             {"availabilityZones",
              Document::array({Document::object({{"name", "eu-central-1a"},
                                                 {"subnetIds", Document::array({"subnet-0a"})}}),
                               Document::object({{"name", "eu-central-1b"},
                                                 {"subnetIds", Document::array({"subnet-0b"})}})})},
             {"product", "Linux/UNIX"},
             {"launchSpecification",
              Document::object({
                  {"imageId", "ami-0123456789abcdef0"},
                  {"keyPair", "deployment"},
                  {"healthCheckType", "TARGET_GROUP"},
                  {"healthCheckGracePeriod", 300},
                  {"securityGroupIds", Document::array({"sg-0123456789abcdef0", "sg-1"})},
                  {"monitoring", false},
                  {"ebsOptimized", true},
                  {"userData", user_data},
                  {"tags", Document::array({tag("team", "orders"), tag("stage", "production"),
                                            tag("cost-center", "4711")})},
                  {"blockDeviceMappings", Document::array({block_device(0), block_device(1)})},
              })},
         })},
        {"scaling", Document::object({{"up", Document::array()}, {"down", nullptr}})},
        {"createdAt", "2026-11-23T09:00:00.000Z"},
    });
}

const Document& group_list() {
    static const Document list = [] {
        Document groups = Document::array();
        for (std::size_t bytes = 0; bytes < 500'000;) {
            Document one = group(static_cast<int>(groups.as_array()->size()));
            bytes += elastiroll::to_text(one).size() + 1;
            groups.push_back(std::move(one));
        }
        return groups;
    }();
    return list;
}

const std::string& text() {
    static const std::string of_list = elastiroll::to_text(group_list());
    return of_list;
}

void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text().size()));
}

void elastiroll_parse(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        auto document = elastiroll::parse_document(text());
        benchmark::DoNotOptimize(document);
    }
    count_bytes(state);
}

void elastiroll_print(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        auto printed = elastiroll::to_text(group_list());
        benchmark::DoNotOptimize(printed);
    }
    count_bytes(state);
}

void elastiroll_round_trip(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        auto printed = elastiroll::to_text(*elastiroll::parse_document(text()));
        benchmark::DoNotOptimize(printed);
    }
    count_bytes(state);
}

void elastiroll_canonical_text(benchmark::State& state) {
    for ([[maybe_unused]] auto _ : state) {
        auto printed = elastiroll::canonical_text(group_list());
        benchmark::DoNotOptimize(printed);
    }
    count_bytes(state);
}

void rapidjson_round_trip(benchmark::State& state) {
    constexpr unsigned flags =
        rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
    for ([[maybe_unused]] auto _ : state) {
        rapidjson::Document document;
        document.Parse<flags>(text().data(), text().size());
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        document.Accept(writer);
        benchmark::DoNotOptimize(buffer.GetString());
    }
    count_bytes(state);
}

BENCHMARK(elastiroll_parse)->Unit(benchmark::kMillisecond);
BENCHMARK(elastiroll_print)->Unit(benchmark::kMillisecond);
BENCHMARK(elastiroll_canonical_text)->Unit(benchmark::kMillisecond);
BENCHMARK(elastiroll_round_trip)->Unit(benchmark::kMillisecond);
BENCHMARK(rapidjson_round_trip)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
