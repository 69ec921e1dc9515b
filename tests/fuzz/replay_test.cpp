#include "target.hpp"

#include "environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using namespace elastiroll::test;
using namespace elastiroll::fuzz;

namespace {

std::vector<std::string> corpus_of(const Target& target) {
    std::vector<std::filesystem::path> paths;
    const auto folder = std::filesystem::path(ELASTIROLL_CORPUS) / target.name;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> corpus;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return corpus;
}

std::size_t below(std::mt19937_64& random, std::size_t bound) { return random() % bound; }

/// One small change: a byte, a piece cut out, doubled or taken from another, or a token that one of
/// the formats gives a meaning.
void mutate(std::string& text, const std::string& other, std::mt19937_64& random) {
    constexpr std::string_view tokens[] = {"null",
                                           "[]",
                                           "{}",
                                           "-1",
                                           "1e999",
                                           "\"\"",
                                           "[",
                                           "}",
                                           ",",
                                           "true",
                                           "\xFF",
                                           "\"",
                                           "0.5",
                                           "\\u0000",
                                           ":",
                                           "=",
                                           "\n",
                                           "\n ",
                                           "]",
                                           "#",
                                           "<a>",
                                           "<",
                                           "</a>",
                                           "&#x41;",
                                           "&",
                                           "\0",
                                           "<item>",
                                           "<!--",
                                           "99999999999999999999"};
    const std::size_t at = below(random, text.size() + 1);
    const std::size_t length = below(random, 12);
    switch (below(random, 5)) {
    case 0:
        if (at < text.size())
            text[at] = static_cast<char>(below(random, 256));
        return;
    case 1: text.erase(at, length); return;
    case 2: text.insert(at, text.substr(at / 2, length)); return;
    case 3: text.insert(at, other.substr(below(random, other.size() + 1), length)); return;
    default:
        text.replace(at, std::min(length, text.size() - at),
                     tokens[below(random, std::size(tokens))]);
        return;
    }
}

} // namespace

TEST_CASE("every parser keeps its laws over its corpus, and over changes to it") {
    std::mt19937_64 random(seed());
    for (const Target& target : targets()) {
        CAPTURE(target.name);
        const auto corpus = corpus_of(target);
        REQUIRE_FALSE(corpus.empty());
        for (const std::string& bytes : corpus) {
            CAPTURE(bytes);
            CHECK(target.broken_law(bytes) == "");
        }
        for (int run = scaled(5'000); run > 0; --run) {
            std::string bytes = corpus[below(random, corpus.size())];
            for (std::size_t changes = 1 + below(random, 5); changes > 0; --changes)
                mutate(bytes, corpus[below(random, corpus.size())], random);
            CAPTURE(bytes);
            CHECK(target.broken_law(bytes) == "");
        }
    }
}

TEST_CASE("brackets that open a hundred thousand times break no parser") {
    for (const Target& target : targets()) {
        CAPTURE(target.name);
        for (const std::string opening : {"[", "{\"a\":", "<a>", "[a]\n"}) {
            std::string deep(2, '\0'); // which picks the first of what a target draws
            for (int i = 0; i < 100'000; ++i)
                deep += opening;
            CHECK(target.broken_law(deep) == "");
            CHECK(target.broken_law(std::string_view(deep).substr(2)) == "");
        }
    }
}
