// SPDX-License-Identifier: ISC
/* Uses libfdpass from Rust: sends a descriptor over a socket pair, receives it and reads from it. */
use std::ffi::{c_char, c_int, c_void, CStr};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::net::UnixStream;

#[repr(C)]
struct Iovec {
    base: *mut c_void,
    len: usize,
}

#[link(name = "fdpass")]
extern "C" {
    fn fdpass_version() -> *const c_char;
    fn fdpass_msg_new(ancbufsize: usize) -> *mut c_void;
    fn fdpass_msg_free(msg: *mut c_void);
    fn fdpass_msg_take_fd(msg: *mut c_void, index: usize) -> c_int;
    fn fdpass_recv_fds(sock: c_int, msg: *mut c_void, buf: *mut c_void, bufsize: usize, maxfds: usize, flags: c_int,
        wait: *const c_void) -> isize;
    fn fdpass_send_fds(sock: c_int, buffers: *const Iovec, count: usize, fds: *const c_int, nfds: usize, flags: c_int,
        address: *const c_void, addrlen: u32, wait: *const c_void) -> isize;
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: rust FILE");
    let (left, right) = UnixStream::pair().expect("socketpair");
    let file = File::open(path).expect("open");
    let mut byte = [0u8];
    let mut content = String::new();

    unsafe {
        let buffer = Iovec { base: byte.as_mut_ptr().cast(), len: 1 };
        let fd = file.as_raw_fd();
        assert_eq!(fdpass_send_fds(left.as_raw_fd(), &buffer, 1, &fd, 1, 0, std::ptr::null(), 0, std::ptr::null()), 1);
        let msg = fdpass_msg_new(4096);
        assert!(!msg.is_null());
        assert_eq!(
            fdpass_recv_fds(right.as_raw_fd(), msg, byte.as_mut_ptr().cast(), 1, 1, 0, std::ptr::null()),
            1
        );
        let got = fdpass_msg_take_fd(msg, 0);
        assert!(got >= 0);
        fdpass_msg_free(msg);
        File::from_raw_fd(got).read_to_string(&mut content).expect("read");
        println!("{} {}", CStr::from_ptr(fdpass_version()).to_str().unwrap(), content.trim_end());
    }
}
