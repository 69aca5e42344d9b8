// What drivers in C++ lean on, such as those on a library of their own: a thread that works, locks, conditions, strings, objects
// that are made once, the unified log. Our own declarations of published names.
#include <stddef.h>
#include <stdint.h>

extern "C" {
typedef struct { long signature; char opaque[56]; } Mutex;
typedef struct { long signature; char opaque[40]; } Condition;
int pthread_create(void **, const void *, void *(*)(void *), void *);
int pthread_join(void *, void **);
int pthread_cond_wait(Condition *, Mutex *);
int pthread_cond_signal(Condition *);
int pthread_mutex_lock(Mutex *);
int pthread_mutex_unlock(Mutex *);
int usleep(unsigned);
int mach_port_allocate(unsigned, unsigned, unsigned *);
int mach_port_deallocate(unsigned, unsigned);
extern unsigned mach_task_self_;
extern void *_os_log_default;
void _os_log_impl(void *, void *, uint8_t, const char *, uint8_t *, uint32_t);
int worker_check(void);
}

namespace std {
inline namespace __1 {
class mutex {
	long words[8] = {0x32AAABA7};

public:
	~mutex();
	void lock();
	void unlock();
};
template <class T> struct char_traits;
template <class T> class allocator;
template <class C, class T, class A> class basic_string {
	uint64_t words[3] = {};

public:
	basic_string() = default;
	basic_string(const basic_string &);
	~basic_string();
	basic_string &append(const C *, size_t);
	int compare(const C *) const;
};
} // namespace __1
} // namespace std
typedef std::basic_string<char, std::char_traits<char>, std::allocator<char>> String;

struct Oops {};

namespace {
struct Job {
	virtual ~Job() {}
	virtual int value() const = 0;
};
struct Add final : Job {
	int sum;
	explicit Add(int left, int right) : sum(left + right) {}
	int value() const override { return sum; }
};

Mutex lock = {0x32AAABA7, {}};
Condition ready = {0x3CB0B1BB, {}};
std::mutex counting;
int asked, done;

int made()
{
	static Add *once = new Add(40, 2);
	return once->value();
}

void *work(void *answer)
{
	pthread_mutex_lock(&lock);
	while (!asked)
		pthread_cond_wait(&ready, &lock);
	pthread_mutex_unlock(&lock);
	usleep(100);
	counting.lock();
	done += *static_cast<int *>(answer);
	counting.unlock();
	return answer;
}
} // namespace

int worker_check(void)
{
	int answer = made();
	void *thread, *result = nullptr;
	if (pthread_create(&thread, nullptr, work, &answer))
		return 20;
#ifndef DEFECT_FORGETS_WORKER
	pthread_mutex_lock(&lock);
	asked = 1;
	pthread_cond_signal(&ready);
	pthread_mutex_unlock(&lock);
#endif
	if (pthread_join(thread, &result) || result != &answer || done != 42)
		return 21;
#ifdef DEFECT_THROWS
	throw Oops();
#endif
	String text;
	text.append("a string that is too long", 25);
	String copy(text);
	copy.append(" to be short", 12);
	if (copy.compare("a string that is too long to be short") != 0)
		return 22;
	unsigned port = 0;
	if (mach_port_allocate(mach_task_self_, 1, &port) || !port || mach_port_deallocate(mach_task_self_, port))
		return 23;
	alignas(16) uint8_t buffer[64];
	const char *format = "worker: %{public}s did %d";
	__builtin_os_log_format(buffer, "worker: %{public}s did %d", "C++", done);
	_os_log_impl(nullptr, &_os_log_default, 0, format, buffer, __builtin_os_log_format_buffer_size("worker: %{public}s did %d", "C++", done));
	return 0;
}
