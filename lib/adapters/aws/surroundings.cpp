#include <elastiroll/adapters/aws.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX asks for it

namespace elastiroll::aws {
namespace {

/// Settings, tokens and caches have kilobytes; a device or a wrong path may have no end.
constexpr std::size_t file_bytes_max = std::size_t{4} * 1024 * 1024;
constexpr std::size_t output_bytes_max = std::size_t{64} * 1024;
/// Who asks a password store or a company's broker may take its time, but not for ever.
constexpr std::chrono::seconds process_patience{60};

std::string words_for(int number) { return std::generic_category().message(number); }

Result<std::string> read_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(errno == ENOENT || errno == ENOTDIR ? ErrorCategory::not_found
                                                        : ErrorCategory::permission_denied,
                    words_for(errno == 0 ? ENOENT : errno));
    std::string bytes(file_bytes_max + 1, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad())
        return fail(ErrorCategory::unavailable, words_for(errno != 0 ? errno : EIO));
    if (bytes.size() > file_bytes_max)
        return fail(ErrorCategory::invalid_argument, "it is too long");
    return bytes;
}

/// Words as a POSIX shell splits them, with quotes and backslashes and nothing else.
Result<std::vector<std::string>> split_words(const std::string& text) {
    std::vector<std::string> words;
    bool is_in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_space = c == ' ' || c == '\t' || c == '\n';
        if (quote == '\0' && is_space) {
            is_in_word = false;
            continue;
        }
        if (!is_in_word)
            words.emplace_back();
        is_in_word = true;
        if (c == '\\' && quote != '\'' && i + 1 < text.size())
            words.back() += text[++i];
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = '\0';
        else
            words.back() += c;
    }
    if (quote != '\0' || words.empty())
        return fail(ErrorCategory::invalid_argument, "its command line cannot be understood");
    return words;
}

/// A pipe whose ends are closed with it.
class Pipe {
public:
    Pipe() : is_open_(::pipe2(ends_.data(), O_CLOEXEC) == 0) {}
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    bool is_open() const noexcept { return is_open_; }
    int read_end() const noexcept { return ends_[0]; }
    int write_end() const noexcept { return ends_[1]; }
    void close_write_end() noexcept { close_end(1); }

private:
    void close_end(std::size_t which) noexcept {
        if (is_open_ && ends_.at(which) >= 0)
            ::close(std::exchange(ends_.at(which), -1));
    }
    std::array<int, 2> ends_{-1, -1};
    bool is_open_ = false;
};

/// What `process` writes until it closes its output. Empty where it takes too long or too much.
std::optional<std::string> read_all(const Pipe& output) {
    const auto end = std::chrono::steady_clock::now() + process_patience;
    std::string written;
    std::array<char, 4096> piece{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        pollfd wait{.fd = output.read_end(), .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) == 0)
            return std::nullopt;
        const auto count = ::read(output.read_end(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return written;
        written.append(piece.data(), static_cast<std::size_t>(count));
        if (written.size() > output_bytes_max)
            return std::nullopt;
    }
}

/// Its standard error is the user's: it may ask for something there.
Result<std::string> run_process(const std::string& command) {
    auto words = split_words(command);
    if (!words)
        return Unexpected(std::move(words).error());
    std::vector<char*> arguments;
    for (std::string& word : *words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);

    Pipe output;
    if (!output.is_open())
        return fail(ErrorCategory::unavailable, words_for(errno));
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output.write_end(), STDOUT_FILENO);
    pid_t child = 0;
    const int error =
        ::posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return fail(ErrorCategory::not_found,
                    fmt::format("`{}` cannot be run: {}", words->front(), words_for(error)));
    output.close_write_end();
    auto written = read_all(output);
    if (!written)
        ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!written)
        return fail(ErrorCategory::timeout,
                    fmt::format("`{}` took longer than {} s, or wrote more than {} bytes",
                                words->front(), process_patience.count(), output_bytes_max));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(ErrorCategory::unauthenticated,
                    fmt::format("`{}` ended with {} {}", words->front(),
                                WIFEXITED(status) ? "exit status" : "signal",
                                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
    return *std::move(written);
}

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

} // namespace

Surroundings process_surroundings() {
    return {
        .environment = environment_variable, .read_file = read_file, .run_process = run_process};
}

} // namespace elastiroll::aws
