"""Contact sheets and expectations of a release."""
