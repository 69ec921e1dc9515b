// A simulated cloud as a process of its own, so that the processes that use it can be killed.
//
//     sim-host SOCKET SCENARIO
//
// Serves JSON, a document a line, on a Unix domain socket; SOCKET.time holds the cloud's time. A
// connection is a client of the cloud from its first request on. When it breaks, what the client
// has sent arrives all the same. Time moves by "poll" and "advance" only. Ends when its standard
// input does, so that it does not outlive who started it.
//
//     {"start": REQUEST}                            no answer
//     {"poll": MS}                                  {"completions": [...]}
//     {"advance": MS}                               {"now": MS}
//     {"groups": true}, {"log": true}, {"changes": true},
//     {"routes": true}, {"losses": true}            {"groups": [...]} and so on
//     {"arm": {"signal": 9, "after": N, "only_changes": true, "deliver": false}}   {"armed": N}
//     {"counts": true}                              {"requests": N, "changes": N} since it was
//     armed
//
// "arm" sends the signal to whoever sends the Nth request from now on, and says whether that one
// still arrives.
#include "lines.hpp"
#include "shared_time.hpp"

#include <elastiroll/adapters/sim.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <list>
#include <vector>

#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace elastiroll::integration {
namespace {

using integration::encode;

std::int64_t milliseconds_of(TimePoint time) {
    return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

Document shown(const HttpCompletion& completion) { return encode(completion); }

Document shown(const sim::LoggedCall& call) {
    return Document::object({{"at", milliseconds_of(call.at)},
                             {"name", call.name},
                             {"group", call.group.text()},
                             {"body", call.body},
                             {"status", call.status},
                             {"is_applied", call.is_applied}});
}

Document shown(const sim::RouteView& route) {
    return Document::object({{"arn", route.arn}, {"actions", canonical_text(route.actions)}});
}

Document shown(const sim::TrafficLoss& loss) {
    return Document::object({{"at", milliseconds_of(loss.at)},
                             {"route", loss.route},
                             {"target_group", loss.target_group},
                             {"call", loss.call}});
}

/// AWS is asked by POST as well.
bool is_change(const HttpRequest& request) {
    return request.method != "GET" &&
           (!request.body.starts_with("Action=") || request.body.starts_with("Action=Modify"));
}

Document shown(const sim::HealthyChange& change) {
    return Document::object({{"at", milliseconds_of(change.at)},
                             {"group", change.group.text()},
                             {"healthy", change.healthy}});
}

Document shown(const sim::GroupView& group) {
    Document suspended = Document::array();
    for (const std::string& process : group.suspended)
        suspended.push_back(process);
    Document document = group.document;
    for (const char* key : {"id", "createdAt", "updatedAt", "capacity"})
        document.erase(key);
    return Document::object({{"id", group.id.text()},
                             {"name", group.name},
                             {"minimum", group.capacity.minimum()},
                             {"target", group.capacity.target()},
                             {"maximum", group.capacity.maximum()},
                             {"healthy", group.healthy},
                             {"suspended", std::move(suspended)},
                             {"document", std::move(document)}});
}

template <class Items> Document listed(const char* name, const Items& items) {
    Document list = Document::array();
    for (const auto& item : items)
        list.push_back(shown(item));
    return Document::object({{name, std::move(list)}});
}

struct Arm {
    int signal = 0;
    std::int64_t after = 0;
    bool only_changes = false;
    bool deliver = true;
};

class Host {
public:
    Host(sim::Cloud cloud, SharedTime& time) : cloud_(std::move(cloud)), time_(&time) {
        time_->set(cloud_.now());
    }

    void run(int listening) {
        for (;;) {
            std::vector<pollfd> files{{STDIN_FILENO, POLLIN, 0}, {listening, POLLIN, 0}};
            for (const Connection& one : connections_)
                files.push_back({one.lines.file(), POLLIN, 0});
            if (::poll(files.data(), files.size(), -1) < 0)
                continue;
            auto file = files.begin();
            if ((file++)->revents != 0)
                return;
            if ((file++)->revents != 0)
                accept_one(listening);
            // A connection that was just accepted has no place in `files` yet.
            for (auto one = connections_.begin(); file != files.end(); ++file) {
                if (file->revents == 0 || serve(*one))
                    ++one;
                else
                    one = drop(one);
            }
        }
    }

private:
    struct Connection {
        Lines lines;
        pid_t process = 0;
        std::optional<sim::ClientId> client{};
    };

    void accept_one(int listening) {
        const int file = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (file < 0)
            return;
        ucred peer{};
        socklen_t size = sizeof peer;
        getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &size);
        connections_.push_back({Lines(file), peer.pid, {}});
    }

    /// False where the connection is broken.
    bool serve(Connection& connection) {
        const bool is_open = connection.lines.fill();
        while (auto line = connection.lines.take())
            if (!answer(connection, *line))
                return false;
        return is_open;
    }

    std::list<Connection>::iterator drop(std::list<Connection>::iterator connection) {
        if (connection->client)
            cloud_.disconnect(*connection->client);
        return connections_.erase(connection);
    }

    bool answer(Connection& connection, const Document& line) {
        if (const Document* start = line.find("start"))
            return this->start(connection, *start), true;
        if (line.find("poll") != nullptr)
            return connection.lines.write(poll(connection, number_at(line, "poll")));
        if (line.find("advance") != nullptr) {
            move_to(cloud_.now() + Milliseconds(number_at(line, "advance")));
            return connection.lines.write(
                Document::object({{"now", milliseconds_of(cloud_.now())}}));
        }
        if (const Document* arm = line.find("arm")) {
            arm_ = {static_cast<int>(number_at(*arm, "signal")), number_at(*arm, "after"),
                    flag_at(*arm, "only_changes"), flag_at(*arm, "deliver")};
            requests_ = changes_ = 0;
            return connection.lines.write(Document::object({{"armed", arm_.after}}));
        }
        if (line.find("counts") != nullptr)
            return connection.lines.write(
                Document::object({{"requests", requests_}, {"changes", changes_}}));
        if (line.find("groups") != nullptr)
            return connection.lines.write(listed("groups", cloud_.groups()));
        if (line.find("log") != nullptr)
            return connection.lines.write(listed("log", cloud_.log()));
        if (line.find("routes") != nullptr)
            return connection.lines.write(listed("routes", cloud_.routes()));
        if (line.find("losses") != nullptr)
            return connection.lines.write(listed("losses", cloud_.traffic_losses()));
        if (line.find("changes") != nullptr)
            return connection.lines.write(listed("changes", cloud_.healthy_changes()));
        return false;
    }

    void start(Connection& connection, const Document& document) {
        HttpRequest request = decode_request(document);
        ++requests_;
        changes_ += is_change(request) ? 1 : 0;
        const bool counts = !arm_.only_changes || is_change(request);
        if (counts && arm_.after > 0 && --arm_.after == 0) {
            kill(connection.process, arm_.signal);
            if (!arm_.deliver)
                return;
        }
        if (!connection.client)
            connection.client = cloud_.connect();
        cloud_.start(HttpRequestId(static_cast<std::uint64_t>(number_at(document, "id"))),
                     std::move(request), *connection.client);
    }

    /// As the poll() of sim::make_transport().
    Document poll(Connection& connection, std::int64_t wait) {
        if (!connection.client)
            connection.client = cloud_.connect();
        const TimePoint until = cloud_.now() + Milliseconds(std::max<std::int64_t>(wait, 0));
        while (!cloud_.has_completions(*connection.client)) {
            const auto next = cloud_.next_event();
            if (!next || *next > until) {
                move_to(until);
                break;
            }
            move_to(*next);
        }
        return listed("completions", cloud_.take_completions(*connection.client));
    }

    void move_to(TimePoint to) {
        cloud_.advance(to);
        time_->set(cloud_.now());
    }

    sim::Cloud cloud_;
    SharedTime* time_;
    std::list<Connection> connections_{};
    Arm arm_{};
    std::int64_t requests_ = 0;
    std::int64_t changes_ = 0;
};

int serve(const std::string& socket, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    auto cloud = parse_document(text).and_then(sim::Cloud::make);
    if (!cloud) {
        std::cerr << "sim-host: " << path << ": " << to_string(cloud.error()) << '\n';
        return 2;
    }
    SharedTime time(socket + ".time", true);
    if (!time.valid()) {
        std::cerr << "sim-host: cannot make " << socket << ".time\n";
        return 2;
    }
    Host host(*std::move(cloud), time);
    // Last, so that whoever can connect finds all of it.
    const int listening = listen_at(socket);
    if (listening < 0) {
        std::cerr << "sim-host: cannot listen at " << socket << '\n';
        return 2;
    }
    host.run(listening);
    return 0;
}

} // namespace
} // namespace elastiroll::integration

int main(int count, char** values) {
    if (count != 3) {
        std::cerr << "usage: sim-host SOCKET SCENARIO\n";
        return 2;
    }
    return elastiroll::integration::serve(values[1], values[2]);
}
