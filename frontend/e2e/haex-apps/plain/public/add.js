self.add = (a, b) => a + b;
