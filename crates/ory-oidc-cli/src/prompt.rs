//! Asks for a secret at the terminal.

use crate::interrupt::{INTERRUPTED, Signals};
use crate::output::notice;
use std::io;
use std::process::exit;

/// Reads a line that is typed or pasted at the terminal and not shown. The terminal is restored even
/// if a signal ends the program.
pub(crate) fn hidden_line(prompt: &str) -> io::Result<String> {
    let terminal = Terminal::silence()?;
    notice(prompt);
    match terminal.read_line() {
        // Ctrl-C
        Err(error) if error.kind() == io::ErrorKind::Interrupted => exit(INTERRUPTED),
        line => line,
    }
}

#[cfg(unix)]
use unix::Terminal;

#[cfg(unix)]
mod unix {
    use super::{Signals, io};
    use rpassword::{ConfigBuilder, read_password_with_config};
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };
    use std::fs::File;
    use std::sync::Arc;

    /// The terminal, and its settings before it was silenced.
    ///
    /// `rpassword` would silence it only after the prompt, and not restore it if a signal ends the
    /// program. It reads here, and does not know that it reads from a terminal.
    #[derive(Clone)]
    pub(super) struct Terminal {
        device: Arc<File>,
        settings: Termios,
    }

    impl Terminal {
        /// Hides what is typed, and lifts the limit of a line, which tokens exceed.
        pub(super) fn silence() -> io::Result<Self> {
            let device = Arc::new(File::open("/dev/tty")?);
            let settings = tcgetattr(&device)?;
            let mut silent = settings.clone();
            silent
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
            silent.special_codes[SpecialCodeIndex::VMIN] = 1;
            silent.special_codes[SpecialCodeIndex::VTIME] = 0;
            let signals = Signals::hold();
            tcsetattr(&device, OptionalActions::Now, &silent)?;
            let terminal = Self { device, settings };
            let at_a_signal = terminal.clone();
            signals.exit_after(move || at_a_signal.restore());
            Ok(terminal)
        }

        pub(super) fn read_line(self) -> io::Result<String> {
            let config = ConfigBuilder::new()
                .input_reader(Arc::clone(&self.device))
                .output_discard();
            let line = read_password_with_config(config.build());
            self.restore();
            // From here on, a signal leaves the terminal alone: the program may be in the background.
            Signals::hold().exit_after(|| {});
            line
        }

        /// Restores the settings. The rest of what was pasted is dropped: the shell would show it, and
        /// keep it in its history.
        fn restore(&self) {
            let _ = tcsetattr(&self.device, OptionalActions::Flush, &self.settings);
        }
    }
}

#[cfg(not(unix))]
use other::Terminal;

#[cfg(not(unix))]
mod other {
    use super::{Signals, io};
    use rpassword::{ConfigBuilder, read_password_with_config};
    use std::sync::mpsc::{Sender, channel};

    /// The terminal, which `rpassword` silences and restores.
    pub(super) struct Terminal {
        restored: Sender<()>,
    }

    impl Terminal {
        #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
        pub(super) fn silence() -> io::Result<Self> {
            let (restored, wait) = channel();
            // Ctrl-C ends the reading, too.
            Signals::hold().exit_after(move || {
                let _ = wait.recv();
            });
            Ok(Self { restored })
        }

        pub(super) fn read_line(self) -> io::Result<String> {
            let config = ConfigBuilder::new().output_discard();
            let line = read_password_with_config(config.build());
            let _ = self.restored.send(());
            line
        }
    }
}
