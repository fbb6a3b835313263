// The plane in which lengths are lengths: the project's VN-2000 zone, else one about the page's middle.
(function (GT) {
  var DEGREE = Math.PI / 180;
  var SECOND = DEGREE / 3600;
  var WGS84 = { a: 6378137, f: 1 / 298.257223563 };

  function toSpace(shape, lat, lng) {
    var square = shape.f * (2 - shape.f);
    var radius = shape.a / Math.sqrt(1 - square * Math.pow(Math.sin(lat), 2));
    return [
      radius * Math.cos(lat) * Math.cos(lng),
      radius * Math.cos(lat) * Math.sin(lng),
      radius * (1 - square) * Math.sin(lat)
    ];
  }

  // Latitude by Bowring's formula (Survey Review 23, 1976), exact enough at any height on land.
  function fromSpace(shape, p) {
    var square = shape.f * (2 - shape.f);
    var minor = shape.a * (1 - shape.f);
    var across = Math.hypot(p[0], p[1]);
    var angle = Math.atan2(p[2] * shape.a, across * minor);
    return [
      Math.atan2(
        p[2] + square / (1 - square) * minor * Math.pow(Math.sin(angle), 3),
        across - square * shape.a * Math.pow(Math.cos(angle), 3)),
      Math.atan2(p[1], p[0])
    ];
  }

  // Rotation of the axes by small angles (EPSG method 9607, coordinate frame); sign -1 turns back.
  function turn(shift, p, sign) {
    var rx = sign * shift.rx * SECOND;
    var ry = sign * shift.ry * SECOND;
    var rz = sign * shift.rz * SECOND;
    return [
      p[0] + rz * p[1] - ry * p[2],
      p[1] - rz * p[0] + rx * p[2],
      p[2] + ry * p[0] - rx * p[1]
    ];
  }

  function fromWgs84(grid, lat, lng) {
    var s = grid.shift;
    var size = 1 + s.ppm * 1e-6;
    var p = toSpace(WGS84, lat, lng);
    return fromSpace(grid, turn(s, [(p[0] - s.x) / size, (p[1] - s.y) / size, (p[2] - s.z) / size], -1));
  }

  function toWgs84(grid, lat, lng) {
    var s = grid.shift;
    var size = 1 + s.ppm * 1e-6;
    var p = turn(s, toSpace(grid, lat, lng), 1);
    return fromSpace(WGS84, [s.x + size * p[0], s.y + size * p[1], s.z + size * p[2]]);
  }

  // Kruger's series to the fourth order in n (Karney, J. Geodesy 85, 2011, eq. 12, 14, 35, 36).
  function series(grid) {
    var n = grid.f / (2 - grid.f);
    var n2 = n * n;
    var n3 = n2 * n;
    var n4 = n3 * n;
    return {
      e: Math.sqrt(grid.f * (2 - grid.f)),
      radius: grid.k0 * grid.a / (1 + n) * (1 + n2 / 4 + n4 / 64),
      there: [
        n / 2 - 2 * n2 / 3 + 5 * n3 / 16 + 41 * n4 / 180,
        13 * n2 / 48 - 3 * n3 / 5 + 557 * n4 / 1440,
        61 * n3 / 240 - 103 * n4 / 140,
        49561 * n4 / 161280
      ],
      back: [
        -(n / 2 - 2 * n2 / 3 + 37 * n3 / 96 - n4 / 360),
        -(n2 / 48 + n3 / 15 - 437 * n4 / 1440),
        -(17 * n3 / 480 - 37 * n4 / 840),
        -4397 * n4 / 161280
      ]
    };
  }

  function bent(terms, xi, eta) {
    return terms.reduce(function (sum, term, place) {
      var k = 2 * (place + 1);
      return [
        sum[0] + term * Math.sin(k * xi) * Math.cosh(k * eta),
        sum[1] + term * Math.cos(k * xi) * Math.sinh(k * eta)
      ];
    }, [xi, eta]);
  }

  // {name, forward(lat, lng) -> [east, north], inverse(east, north) -> [lat, lng]}: degrees of
  // WGS 84 and metres. A grid without a shift is on WGS 84 itself.
  GT.makePlane = function (grid) {
    var own = series(grid);
    return {
      name: grid.name,
      forward: function (lat, lng) {
        var at = [lat * DEGREE, lng * DEGREE];
        if (grid.shift) { at = fromWgs84(grid, at[0], at[1]); }
        var sine = Math.sin(at[0]);
        var turned = at[1] - grid.lon0 * DEGREE;
        var t = Math.sinh(Math.atanh(sine) - own.e * Math.atanh(own.e * sine));
        var cosine = Math.cos(turned);
        var found = bent(own.there, Math.atan2(t, cosine), Math.asinh(Math.sin(turned) / Math.hypot(t, cosine)));
        return [grid.fe + own.radius * found[1], grid.fn + own.radius * found[0]];
      },
      inverse: function (east, north) {
        var found = bent(own.back, (north - grid.fn) / own.radius, (east - grid.fe) / own.radius);
        var cosine = Math.cos(found[0]);
        var wide = Math.sinh(found[1]);
        var psi = Math.asinh(Math.sin(found[0]) / Math.hypot(wide, cosine));
        var sine = Math.tanh(psi);
        for (var i = 0; i < 7; i += 1) { sine = Math.tanh(psi + own.e * Math.atanh(own.e * sine)); }
        var at = [Math.asin(sine), grid.lon0 * DEGREE + Math.atan2(wide, cosine)];
        if (grid.shift) { at = toWgs84(grid, at[0], at[1]); }
        return [at[0] / DEGREE, at[1] / DEGREE];
      }
    };
  };

  var made = null;

  // The plane of this page. Without a zone of the project lengths are off by 0.02 % at most
  // within 120 km of the page's middle.
  GT.plane = function () {
    var middle = (GT.page.bounds[0] + GT.page.bounds[2]) / 2;
    made = made || GT.makePlane(GT.page.grid || {
      name: "", lon0: middle, k0: 1, fe: 0, fn: 0, a: WGS84.a, f: WGS84.f, shift: null
    });
    return made;
  };

  // Length in metres of the line through points [east, north].
  GT.planeLength = function (points) {
    return points.reduce(function (sum, point, n) {
      return n ? sum + Math.hypot(point[0] - points[n - 1][0], point[1] - points[n - 1][1]) : 0;
    }, 0);
  };

  // Area in square metres of the ring through points [east, north]; of one that crosses itself the
  // parts on either hand are set off against each other.
  GT.planeArea = function (points) {
    var twice = points.reduce(function (sum, point, n) {
      var next = points[(n + 1) % points.length];
      return sum + (point[0] - points[0][0]) * (next[1] - points[0][1]) -
        (next[0] - points[0][0]) * (point[1] - points[0][1]);
    }, 0);
    return Math.abs(twice) / 2;
  };
})(GT);
