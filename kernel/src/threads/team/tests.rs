use super::*;

/// Runs `work` while other threads look for pieces.
fn attended<R>(team: &Team, work: impl FnOnce() -> R) -> R {
    let done = AtomicBool::new(false);
    let done = &done;
    std::thread::scope(|scope| {
        for rank in 1..team.members() {
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    team.help(rank);
                    std::thread::yield_now();
                }
            });
        }
        let result = catch_unwind(AssertUnwindSafe(work));
        done.store(true, Ordering::Release);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[test]
fn each_piece_is_done_once_whoever_helps() {
    for members in 1..=4 {
        let team = Team::new(members);
        attended(&team, || {
            for turn in 0..if cfg!(miri) { 5 } else { 500 } {
                let pieces = turn % (MOST + 1);
                let counts: [AtomicUsize; MOST] = std::array::from_fn(|_| AtomicUsize::new(0));
                team.share(pieces, &|piece| {
                    counts[piece].fetch_add(1, Ordering::Relaxed);
                });
                let counts = counts.map(AtomicUsize::into_inner);
                assert!(counts[..pieces].iter().all(|&count| count == 1), "{pieces}: {counts:?}");
                assert!(counts[pieces..].iter().all(|&count| count == 0), "{pieces}: {counts:?}");
            }
        });
    }
}

#[test]
fn each_piece_aside_is_done_once_beside_what_is_shared_out() {
    for members in 1..=4 {
        let team = Team::new(members);
        attended(&team, || {
            for turn in 0..if cfg!(miri) { 5 } else { 300 } {
                let pieces = turn % (MOST + 1);
                let counts: [AtomicUsize; MOST] = std::array::from_fn(|_| AtomicUsize::new(0));
                let count = |piece: usize| {
                    counts[piece].fetch_add(1, Ordering::Relaxed);
                };
                let shared = AtomicUsize::new(0);
                let result = team.aside(pieces, &count, || {
                    for _ in 0..3 {
                        team.share(4, &|_| {
                            shared.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                    ControlFlow::Continue(turn)
                });
                assert_eq!((result, shared.into_inner()), (turn, 12));
                let counts = counts.map(AtomicUsize::into_inner);
                assert!(counts[..pieces].iter().all(|&count| count == 1), "{pieces}: {counts:?}");
                assert!(counts[pieces..].iter().all(|&count| count == 0), "{pieces}: {counts:?}");
            }
        });
    }
}

#[test]
fn a_member_does_pieces_aside_while_the_main_work_runs() {
    let team = Team::new(2);
    let count = AtomicUsize::new(0);
    let here = std::thread::current().id();
    attended(&team, || {
        let once = |_| {
            assert_ne!(std::thread::current().id(), here);
            count.fetch_add(1, Ordering::Relaxed);
        };
        // would wait forever if no thread helped
        team.aside(5, &once, || {
            wait_until(|| count.load(Ordering::Relaxed) == 5);
            ControlFlow::Continue(())
        });
    });
}

#[test]
fn a_member_looks_for_what_is_urgent_after_each_piece_aside() {
    let team = Team::new(2);
    let count = AtomicUsize::new(0);
    let once = |_| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    team.aside(5, &once, || {
        assert!(team.help(1));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        ControlFlow::Continue(())
    });
    assert_eq!(count.into_inner(), 5);
    assert!(!team.help(1));
}

#[test]
fn a_panic_of_the_main_work_leaves_out_pieces_that_nobody_has_begun() {
    for members in 1..=3 {
        let team = Team::new(members);
        let count = AtomicUsize::new(0);
        let once = |_| {
            count.fetch_add(1, Ordering::Relaxed);
        };
        let panic = catch_unwind(AssertUnwindSafe(|| {
            team.aside(8, &once, || {
                team.help(1);
                std::panic::panic_any("main");
                #[expect(unreachable_code, reason = "tells the type")]
                ControlFlow::Continue(())
            });
        }));
        assert_eq!(panic.expect_err("a panic").downcast_ref(), Some(&"main"));
        assert_eq!(count.load(Ordering::Relaxed), 1);
        // both slots can be used again
        attended(&team, || {
            team.aside(2, &once, || {
                team.share(3, &once);
                ControlFlow::Continue(())
            });
        });
        assert_eq!(count.into_inner(), 6);
    }
}

#[test]
fn main_work_that_breaks_off_leaves_out_pieces_and_how_they_end() {
    for claimed in [false, true] {
        let team = Team::new(2);
        let count = AtomicUsize::new(0);
        let once = |_| {
            count.fetch_add(1, Ordering::Relaxed);
            std::panic::panic_any("piece");
        };
        let broken = || {
            team.aside(8, &once, || {
                team.help(1);
                ControlFlow::Break("main")
            })
        };
        if claimed {
            team.aside(1, &|_| {}, || {
                assert_eq!(broken(), "main");
                ControlFlow::Break(())
            });
            assert_eq!(count.load(Ordering::Relaxed), 0);
        } else {
            assert_eq!(broken(), "main");
            assert_eq!(count.load(Ordering::Relaxed), 1);
        }
    }
}

#[test]
fn a_panic_in_a_piece_aside_is_passed_on_when_all_is_done() {
    for members in 1..=3 {
        let team = Team::new(members);
        let (count, main) = (AtomicUsize::new(0), AtomicBool::new(false));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            attended(&team, || {
                let work = |piece| {
                    count.fetch_add(1, Ordering::Relaxed);
                    assert!(piece != 5, "piece {piece}");
                };
                team.aside(8, &work, || {
                    main.store(true, Ordering::Relaxed);
                    ControlFlow::Continue(())
                });
            });
        }));
        let message = panic.expect_err("a panic");
        assert_eq!(message.downcast_ref::<String>().map(String::as_str), Some("piece 5"));
        assert_eq!((count.into_inner(), main.into_inner()), (8, true));
    }
}

#[test]
fn what_is_offered_aside_while_another_is_comes_after_its_main_work() {
    let team = Team::new(2);
    let order = Mutex::new(Vec::new());
    let note = |what| order.lock().expect("no panic").push(what);
    team.aside(1, &|_| note("outer piece"), || {
        team.aside(1, &|_| note("inner piece"), || {
            note("main");
            ControlFlow::Continue(())
        });
        ControlFlow::Continue(())
    });
    assert_eq!(order.into_inner().expect("no panic"), ["main", "inner piece", "outer piece"]);
}

#[test]
fn what_is_shared_out_within_a_piece_is_done_there() {
    let team = Team::new(2);
    let count = AtomicUsize::new(0);
    let once = |_| {
        count.fetch_add(1, Ordering::Relaxed);
    };
    attended(&team, || team.share(3, &|_| team.share(5, &once)));
    assert_eq!(count.into_inner(), 15);
}

#[test]
fn a_panic_in_a_piece_reaches_who_shared_it_out_when_all_are_done() {
    for members in 1..=3 {
        let team = Team::new(members);
        let count = AtomicUsize::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            attended(&team, || {
                team.share(8, &|piece| {
                    count.fetch_add(1, Ordering::Relaxed);
                    assert!(piece != 5, "piece {piece}");
                });
            });
        }));
        let message = result.expect_err("a panic");
        assert_eq!(message.downcast_ref::<String>().map(String::as_str), Some("piece 5"));
        assert_eq!(count.into_inner(), 8);
        // the team can be used again
        team.share(2, &|_| {});
    }
}

/// A value that panics when it is dropped.
struct Stubborn;

impl Drop for Stubborn {
    fn drop(&mut self) {
        std::panic::panic_any("dropped");
    }
}

#[test]
fn a_panic_with_what_panics_when_dropped_stops_nobody() {
    for members in 1..=3 {
        let team = Team::new(members);
        let count = AtomicUsize::new(0);
        let shared = || {
            team.share(8, &|_| {
                count.fetch_add(1, Ordering::Relaxed);
                std::panic::panic_any(Stubborn);
            });
        };
        let result = attended(&team, || catch_unwind(AssertUnwindSafe(shared)));
        let panic = result.expect_err("a panic").downcast::<Stubborn>().ok();
        std::mem::forget(panic.expect("the first panic"));
        assert_eq!(count.into_inner(), 8);
    }
}

#[test]
fn several_threads_share_out_at_once() {
    let team = &Team::new(3);
    let count = &AtomicUsize::new(0);
    let turns = if cfg!(miri) { 4 } else { 300 };
    attended(team, || {
        std::thread::scope(|scope| {
            for caller in 1..=3 {
                scope.spawn(move || {
                    for turn in 0..turns {
                        let sum = AtomicUsize::new(0);
                        team.share(8, &|piece| {
                            sum.fetch_add(caller * (piece + 1), Ordering::Relaxed);
                            count.fetch_add(1, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 36 * caller, "caller {caller}, turn {turn}");
                    }
                });
            }
        });
    });
    assert_eq!(count.load(Ordering::Relaxed), 3 * 8 * turns);
}

#[test]
fn a_thread_belongs_to_a_team_for_a_time() {
    let members = || Team::current().map(|team| team.members());
    assert_eq!(members(), None);
    let outer = Team::join(&Arc::new(Team::new(2)));
    let inner = Team::join(&Arc::new(Team::new(3)));
    assert_eq!(members(), Some(3));
    drop(inner);
    assert_eq!(members(), Some(2));
    drop(outer);
    assert_eq!(members(), None);
}
