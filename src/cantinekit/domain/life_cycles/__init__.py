"""Life cycles: how each noun says what becomes of its records when they are paid for, or when their time is over."""
